// The store writer and the store reader of a process, and what the registry asks of them.
#include "names.hpp"
#include "process.hpp"

#include <utility>

namespace glyphgate::simulation {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

} // namespace

void process::carry_out(const registry_command::recall& c) {
  send(registry, reader, [this, c] {
    auto known = std::make_shared<recognitions>();
    store_op(
        reading_, "recall", false, [this, keys = c.keys, known](bool) { *known = seen_by_reader().recall(keys); },
        [this, as = c.as, known](op_end end) {
          if (end == op_end::done)
            return to_registry(reader, registry_event::recalled{as, *known});
          read_failed("recall", registry_event::recalled{as, std::nullopt});
        });
  });
}

store::memory_store& process::seen_by_reader() {
  if (!is(planted::stale_recall))
    return store_.db();
  // As if it never ended what it once began to read.
  if (!seen_once_ || draws_.chance(0.05))
    seen_once_ = store_.db();
  return *seen_once_;
}

void process::read_failed(const char* what, any_registry_event answer) {
  send(reader, writer, [this, what] { step_writer(write_event::store_failed{what}); });
  to_registry(reader, std::move(answer));
}

void process::carry_out(const registry_command::offer& c) {
  const bool told_early = is(planted::departs_while_boarding);
  if (told_early)
    to_registry(registry, registry_event::stored{c.as, verdicts{verdict::applied}});
  send(registry, writer, [this, c, told_early] {
    written_.emplace(++last_written_, [this, told_early, as = c.as](const std::optional<verdicts>& v) {
      if (told_early)
        return;
      if (is(planted::refused_accept_told) && !v)
        return to_registry(writer, registry_event::stored{as, verdicts{verdict::applied}});
      to_registry(writer, registry_event::stored{as, v});
    });
    step_writer(write_event::offer{last_written_, plan_.defect == planted::nothing ? c.unit : distorted(c.unit)});
  });
}

void process::carry_out(const registry_command::record& c) {
  send(registry, writer, [this, c] {
    if (is(planted::overtaken) || is(planted::overtaken_in_silence))
      return write_once(c.as, c.unit);
    written_.emplace(++last_written_, [this, as = c.as](const std::optional<verdicts>& v) {
      to_registry(writer, registry_event::stored{as, v});
    });
    step_writer(write_event::record{last_written_, plan_.defect == planted::nothing ? c.unit : distorted(c.unit)});
  });
}

/// As it was once: each unit by itself, and again after a second if it fails, whatever came meanwhile.
void process::write_once(question as, const transactions_ptr& unit) {
  auto v = std::make_shared<verdicts>();
  store_op(
      writing_, "commit", true,
      [this, unit, v](bool) { *v = store_.commit(++planted_number_ + (1U << 20U), *unit, clock(), to_true_, false); },
      [this, as, unit, v](op_end end) {
        if (end == op_end::done)
          return to_registry(writer, registry_event::stored{as, *v});
        at_.inside(at_.now() + seconds{1},
                   [this, as, unit] { mail(writing_, [this, as, unit] { write_once(as, unit); }); });
      });
}

void process::carry_out(const registry_command::read_result& c) {
  send(registry, reader, [this, c] {
    auto result = std::make_shared<std::shared_ptr<const job_result>>();
    store_op(
        reading_, "read", false,
        [this, id = c.id, result](bool) {
          *result = store_.db().read_result(id);
          if (is(planted::share_shown_wrong) && *result) {
            auto other = **result;
            other.share = {whole_call, present_.call_price};
            *result = std::make_shared<const job_result>(std::move(other));
          }
          if (is(planted::result_changes) && *result && draws_.chance(0.2)) {
            auto other = **result;
            other.pictures.front().outcome = {nullptr, "another", false};
            *result = std::make_shared<const job_result>(std::move(other));
          }
        },
        [this, as = c.as, result](op_end end) {
          if (end == op_end::done)
            return to_registry(reader, registry_event::result_read{as, *result});
          read_failed("read", registry_event::result_read{as, std::nullopt});
        });
  });
}

void process::carry_out(const registry_command::ask_store& c) {
  send(registry, writer, [this, c] { to_registry(writer, registry_event::store_told{c.as, queue_.works()}); });
}

void process::carry_out(const registry_command::sweep_spends& c) {
  send(registry, writer, [this, c] {
    store_op(
        writing_, "forget", true, [this, c](bool) { store_.db().sweep_spends_before(c.before); },
        [this](op_end end) {
          if (end != op_end::done)
            step_writer(write_event::store_failed{"forget"});
        });
  });
}

void process::mail(desk& at, world::action a) {
  at.mailbox.push_back(std::move(a));
  work_off(at);
}

void process::work_off(desk& at) {
  while (!at.busy && !at.mailbox.empty()) {
    const auto a = std::move(at.mailbox.front());
    at.mailbox.pop_front();
    a();
  }
}

void process::step_writer(const any_write_event& event) {
  for (const auto& c : queue_.step(clock(), event))
    std::visit([this](const auto& command) { carry_out(command); }, c);
  set_alarm(writer, queue_.next_wake(), [this] { step_writer(write_event::time_passed{}); });
}

void process::store_op(desk& at, const char* name, bool commits, std::function<void(bool)> effect,
                       std::function<void(op_end)> done) {
  at.busy = true;
  const auto fault = store_.next_fault(at_.now());
  at_.say([&] {
    return "store      " + std::string{name} + " as operation " + std::to_string(store_.operations()) +
           (fault == store_fault::none ? "" : ", which " + std::string{simulation::name_of(fault)});
  });
  // What is read is of some moment in between: commits come before it and behind it.
  const bool takes_long = commits || draws_.chance(0.3);
  duration before = takes_long ? draws_.time(duration{50}, milliseconds{4}) : draws_.time(duration{5}, duration{100});
  duration after = takes_long ? draws_.time(duration{5}, milliseconds{4}) : duration{5};
  auto end = op_end::done;
  bool takes_effect = true;
  bool unheard = false;
  bool kills = false;
  switch (fault) {
  case store_fault::none: break;
  case store_fault::slow: before += draws_.time(milliseconds{300}, seconds{8}); break;
  case store_fault::stalls_after: after += draws_.time(seconds{35}, seconds{150}); break;
  case store_fault::stalls_before: before += draws_.time(seconds{35}, seconds{150}); break;
  case store_fault::is_locked: before += seconds{1}; [[fallthrough]];
  case store_fault::fails:
    end = op_end::failed;
    takes_effect = false;
    break;
  case store_fault::lands_unheard:
    end = commits ? op_end::unknown : op_end::failed;
    unheard = true;
    break;
  case store_fault::lost_unheard:
    end = commits ? op_end::unknown : op_end::failed;
    takes_effect = false;
    break;
  case store_fault::lands_and_kills:
    kills = true;
    unheard = true;
    break;
  case store_fault::kills:
    kills = true;
    takes_effect = false;
    break;
  }
  const auto begin = at_.now();
  at_.inside(begin + before, [this, takes_effect, unheard, kills, effect = std::move(effect)] {
    if (takes_effect)
      effect(unheard);
    if (kills)
      kill_();
  });
  at_.inside(begin + before + after, [&at, end, done = std::move(done)] {
    at.busy = false;
    done(end);
    work_off(at);
  });
}

void process::carry_out(const write_command::commit& c) {
  auto all = std::make_shared<std::vector<transaction>>();
  for (const auto& unit : c.units)
    all->insert(all->end(), unit->begin(), unit->end());
  at_.say([&] { return "writer     commit " + std::to_string(c.number) + ": " + names_of(*all); });
  auto v = std::make_shared<verdicts>();
  store_op(
      writing_, "commit", true,
      [this, number = c.number, all, v](bool unheard) { *v = store_.commit(number, *all, clock(), to_true_, unheard); },
      [this, v](op_end end) {
        // A repetition that fails says nothing of what is not known.
        if (end == op_end::failed && unknown_)
          end = op_end::unknown;
        unknown_ = end == op_end::unknown;
        switch (end) {
        case op_end::done: return step_writer(write_event::committed{*v});
        case op_end::failed: return step_writer(write_event::failed{"a fault"});
        case op_end::unknown: return step_writer(write_event::unknown{"a fault"});
        }
      });
}

void process::carry_out(const write_command::answer& c) {
  written_.extract(c.to).mapped()(c.verdicts);
}

void process::carry_out(const write_command::gather&) {
  send(writer, writer, [this] { step_writer(write_event::gathered{}); });
}

} // namespace glyphgate::simulation
