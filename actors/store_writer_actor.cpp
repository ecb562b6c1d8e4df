#include "actors/store_writer_actor.hpp"

#include "actors/alarm.hpp"
#include "core/write_queue.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>

namespace glyphgate {

namespace {

/// Carries out what the queue of writes decides: it commits, and answers. A commit blocks; what comes meanwhile waits
/// in the mailbox.
class writer {
public:
  writer(store_writer_actor::pointer self, std::shared_ptr<store::job_store> store, batch_number last, clock_fn clock,
         observer_ptr watch)
      : self_{self},
        store_{std::move(store)},
        queue_{last},
        clock_{clock},
        watch_{std::move(watch)},
        alarm_{self, std::move(clock)} {}

  template <class Event>
  caf::result<verdicts> add(const transactions_ptr& unit) {
    auto promise = self_->make_response_promise<verdicts>();
    promises_.emplace(++last_asker_, promise);
    step(Event{last_asker_, unit});
    return promise;
  }

  void flush() { step(write_event::gathered{}); }

  void tick() {
    alarm_.rang();
    step(write_event::time_passed{});
  }

  void note_failure(const std::string& reason) { step(write_event::store_failed{reason}); }

  void sweep_before(timestamp at) {
    try {
      store_->sweep_spends_before(at);
    } catch (const store::store_error& e) {
      note_failure(e.what());
    }
  }

  bool works() const { return queue_.works(); }

private:
  void step(any_write_event first) {
    std::deque<any_write_event> events;
    events.push_back(std::move(first));
    for (; !events.empty(); events.pop_front())
      for (const auto& command : queue_.step(clock_(), events.front()))
        if (auto event = std::visit([this](const auto& c) { return this->carry_out(c); }, command))
          events.push_back(std::move(*event));
    alarm_.set(queue_.next_wake());
  }

  std::optional<any_write_event> carry_out(const write_command::commit& c) {
    std::vector<transaction> all;
    for (const auto& unit : c.units)
      all.insert(all.end(), unit->begin(), unit->end());
    const auto begin = std::chrono::steady_clock::now();
    const auto elapsed = [&] { return std::chrono::steady_clock::now() - begin; };
    try {
      auto decided = store_->commit(c.number, all);
      watch_->committed(all, decided, elapsed());
      return write_event::committed{std::move(decided)};
    } catch (const store::store_error& e) {
      watch_->commit_failed(elapsed());
      return write_event::failed{e.what()};
    } catch (const store::outcome_unknown& e) {
      watch_->commit_failed(elapsed());
      return write_event::unknown{e.what()};
    }
  }

  std::optional<any_write_event> carry_out(const write_command::answer& a) {
    auto promise = promises_.extract(a.to).mapped();
    if (a.verdicts)
      promise.deliver(*a.verdicts);
    else
      promise.deliver(make_error(ec::store_unavailable));
    return std::nullopt;
  }

  std::optional<any_write_event> carry_out(const write_command::gather&) {
    self_->send(self_, flush_atom::value);
    return std::nullopt;
  }

  static std::optional<any_write_event> carry_out(const log_entry& e) {
    write(e);
    return std::nullopt;
  }

  store_writer_actor::pointer self_;
  std::shared_ptr<store::job_store> store_;
  write_queue queue_;
  clock_fn clock_;
  observer_ptr watch_;
  alarm<store_writer_actor::pointer> alarm_;
  std::unordered_map<asker, caf::typed_response_promise<verdicts>> promises_;
  asker last_asker_ = 0;
};

} // namespace

store_writer_actor::behavior_type store_writer(store_writer_actor::pointer self,
                                               const std::shared_ptr<store::job_store>& store, batch_number last,
                                               clock_fn clock, observer_ptr watch) {
  auto w = std::make_shared<writer>(self, store, last, std::move(clock), std::move(watch));
  return {
      [=](commit_atom, const transactions_ptr& unit) { return w->add<write_event::offer>(unit); },
      [=](record_atom, const transactions_ptr& unit) { return w->add<write_event::record>(unit); },
      [=](sweep_atom, timestamp at) { w->sweep_before(at); },
      [=](report_atom, const std::string& reason) { w->note_failure(reason); },
      [=](status_atom) { return w->works(); },
      [=](flush_atom) { w->flush(); },
      [=](tick_atom) { w->tick(); },
  };
}

} // namespace glyphgate
