// What must hold of a process.
#include "failure.hpp"
#include "names.hpp"
#include "process.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace glyphgate::simulation {

namespace {

using std::chrono::hours;

/// What an alarm may be late.
constexpr duration late = std::chrono::milliseconds{100};

std::string text_of(const store_totals& t) {
  return std::to_string(t.api_calls) + " calls, " + std::to_string(t.pictures_processed) + " and " +
         std::to_string(t.pictures_from_cache) + " pictures, " + std::to_string(t.spent) + " of " +
         std::to_string(t.one_by_one) + " spent, " + std::to_string(t.unpriced_calls) + " calls and " +
         std::to_string(t.unpriced_pictures) + " pictures without price, " + std::to_string(t.pictures_answered_here) +
         " answered here, " + std::to_string(t.pictures_repeated) + " repeated, " + std::to_string(t.saved_here) +
         " saved";
}

} // namespace

void process::check_drained() const {
  if (at_.now() >= grace_ends_)
    return;
  if (registry_.stats().unsaved != 0)
    throw life_failed{"the drain is answered before all is durable"};
  if (pool_.stats().running != 0)
    throw life_failed{"the drain is answered while calls run"};
}

void process::check_a_little() const {
  if (pool_.stats().waiting > plan_.settings.jobs.queue_capacity)
    throw life_failed{"more calls wait than may"};
  if (queue_.size() > 10'000)
    throw life_failed{"the queue of writes grows without bound"};
}

void process::check_all() {
  if (auto wrong = registry_.defect(); !wrong.empty())
    throw life_failed{wrong};
  if (registry_.stats().total_jobs > plan_.settings.jobs.max_kept_jobs)
    throw life_failed{"more jobs are kept than may be"};
  check_places();
  check_departures();
  check_line();
  check_boarded();
}

void process::check_payers(const planned_call& call) const {
  const auto pays = [&](const glyphgate::owner_limits& keys) {
    return std::ranges::any_of(*call.shares, [&](const job_share& share) {
      return keys.empty() ? share.owner.empty() : keys.contains(share.owner);
    });
  };
  const auto found = granted_.find(call.reservation);
  const bool of_today = found != granted_.end() && found->second.of_today;
  // What was granted just before may have been on its way to the registry when that heard of the keys.
  const auto granted_at = std::max(found == granted_.end() ? timestamp{} : found->second.at, paused_until_);
  const bool must_know = !of_today && keys_heard_at_ - granted_at > std::chrono::seconds{10};
  if ((of_today && !pays(limiter_knows_)) || (must_know && !pays(registry_knows_)))
    throw life_failed{name_of(call) + " departs, and nobody with a key pays for it"};
}

void process::check_places() const {
  const auto held = pool_.held();
  registry_.calls().each([&](const call_book::call& call) {
    const auto in = [&](const auto& calls) {
      return std::ranges::count_if(calls,
                                   [&](const auto& c) { return c->attempt == call.attempt && c->id == call.id; });
    };
    const auto places = in(to_pool_) + in(held) + in(from_pool_);
    if (places != (call.in_pool() ? 1 : 0))
      throw life_failed{"call " + std::to_string(call.id) + " is in the pool " + std::to_string(places) +
                        " times, in place " + std::to_string(static_cast<int>(call.place))};
  });
  // Another engine gives the seats other names; and a job that was refused, and is there at the next start, has calls
  // of its own, and parts of those.
  std::map<digest, call_id> seats;
  if (!plan_.changes_scope())
    registry_.calls().each([&](const call_book::call& call) {
      for (const auto& seat : call.origin < first_call_ ? std::vector<call_book::seat>{} : call.seats)
        if (const auto [other, is_new] = seats.emplace(seat.key, call.id); !is_new)
          throw life_failed{"a picture of call " + std::to_string(call.id) + " is in call " +
                            std::to_string(other->second) + ", too"};
    });
  if (plan_.counts_workers && !is(planted::outcome_lost) && with_pool() > workers_.size())
    throw life_failed{std::to_string(with_pool()) + " calls are in the pool, and there are fewer workers"};
}

std::optional<timestamp> process::patient_until(const job_id& id) const {
  const auto& row = store_.db().jobs().at(id);
  const auto& accepted = row.accepted;
  return accepted.spec->max_delay
             ? std::optional{std::max(accepted.at, row.sifted_at.value_or(accepted.at)) + *accepted.spec->max_delay}
             : std::nullopt;
}

timestamp process::line_until(const job_id& id) const {
  const auto& row = store_.db().jobs().at(id);
  const auto delay = row.accepted.spec->max_delay.value_or(duration::zero());
  const auto too_old = row.age_from.value_or(row.accepted.at) + delay + plan_.settings.jobs.max_age;
  return delay > duration::zero() ? std::min(*patient_until(id), too_old) : too_old;
}

/// No call waits for longer than it is to, as long as a worker is free. One that fills also waits as long as the pool
/// begins nothing of what it has.
void process::check_departures() const {
  if (stopping_)
    return;
  const bool idle = !plan_.counts_workers || with_pool() < workers_.size();
  const auto window = plan_.settings.jobs.packing_window;
  registry_.calls().each([&](const call_book::call& call) {
    const auto name = "call " + std::to_string(call.id);
    const bool fills = call.fills && shares_ && registry_.calls().queued() != 0;
    if (idle && !fills && call.place == call_place::ready)
      throw life_failed{name + " waits for a worker, and one is free"};
    if (call.place != call_place::filling)
      return;
    if (idle && !fills && clock() > std::max({call.departs_at, paused_until_, began_at_}) + late)
      throw life_failed{name + " does not depart when it is to"};
    for (const auto& seat : call.seats)
      for (const auto& [who, durable] : seat.riders)
        if (durable && call.departs_at > clock() && call.departs_at > patient_until(who.job).value_or(clock() + window))
          throw life_failed{name + " departs later than job " + who.job + " can wait"};
  });
}

/// Nobody waits in line longer than he may.
void process::check_line() {
  // Who boards is told when the store knows it.
  const bool boards = registry_.stats().unsaved != 0;
  for (const auto& id : registry_.jobs().open_jobs()) {
    if (!registry_.jobs().in_line(id) || store_.db().jobs().at(id).engine != present_.name)
      continue;
    const auto since = in_line_since_.emplace(id, clock()).first->second;
    if (!boards && clock() > std::max({line_until(id), paused_until_, since}) + late)
      throw life_failed{"job " + id + " waits in line longer than it may"};
  }
}

/// Once all is durable the registry and the store agree who rides where.
void process::check_boarded() const {
  if (registry_.stats().unsaved != 0)
    return;
  std::map<call_id, std::set<std::pair<job_id, std::uint32_t>>> aboard;
  for (const auto& [id, row] : store_.db().jobs())
    for (std::uint32_t i = 0; i < row.aboard.size(); ++i)
      if (row.aboard[i] != 0)
        aboard[row.aboard[i]].emplace(id, i);
  for (const auto& [id, row] : store_.db().calls())
    if (!row.closed && !aboard.contains(id))
      throw life_failed{"call " + std::to_string(id) + " is open, and nobody rides in it"};
  registry_.calls().each([&](const call_book::call& call) {
    const auto name = "call " + std::to_string(call.id);
    const auto row = store_.db().calls().find(call.id);
    if (row == store_.db().calls().end() || row->second.closed)
      throw life_failed{name + " is open, and not in the store"};
    auto& there = aboard[call.id];
    for (const auto& seat : call.seats)
      for (const auto& [who, durable] : seat.riders)
        if (there.erase({who.job, who.position}) == 0 && durable)
          throw life_failed{name + " has a rider of job " + who.job + ", and in the store it has not"};
    if (!there.empty())
      throw life_failed{name + " has a rider of job " + there.begin()->first + " in the store only"};
    aboard.erase(call.id);
  });
  // What an answer that is on its way will release is not yet.
  if (flying_ != 0 || writing_.busy || queue_.size() != 0)
    return;
  for (const auto& [id, spend] : store_.db().spends())
    if (spend.state == store::memory_store::spend_state::reserved) {
      const auto row = store_.db().calls().find(spend.call);
      if (row == store_.db().calls().end() || row->second.closed || row->second.reservation != id)
        throw life_failed{"reservation " + std::to_string(id) + " is of no open call"};
    }
}

std::string process::plans() const {
  std::string text;
  const auto add = [&](const char* who, const std::optional<timestamp>& at) {
    if (at)
      text += std::string{who} + " at " + to_rfc3339(*at) + " ";
  };
  add("the registry", registry_.next_wake());
  add("the pool", pool_.next_wake());
  add("the store's queue", queue_.next_wake());
  return text;
}

std::uint64_t process::open_jobs() const {
  const auto of = registry_.stats().by_status;
  return of[static_cast<std::size_t>(job_status::pending)] + of[static_cast<std::size_t>(job_status::processing)];
}

bool process::quiet() const {
  const auto rests = [](const desk& d) { return !d.busy && d.mailbox.empty(); };
  return flying_ == 0 && rests(writing_) && rests(reading_) && queue_.size() == 0 && askers_.empty() &&
         std::ranges::all_of(workers_, [](const auto& w) { return w.alive && !w.has; }) &&
         std::ranges::all_of(sifts_, [](const auto& r) { return r == nullptr; }) && registry_.stats().unsaved == 0 &&
         registry_.calls().size() == 0 && open_jobs() == 0;
}

void process::check_rest() const {
  auto later = limiter_;
  const auto ledger_open = facts_.open_spends();
  const auto ledger_day = static_cast<std::uint64_t>(std::ranges::count_if(store_.db().spends(), [&](const auto& s) {
    const auto state = s.second.state;
    return (state == store::memory_store::spend_state::settled || state == store::memory_store::spend_state::unknown) &&
           s.second.at + hours{24} > clock();
  }));
  const auto day = later.usage(clock()).day.current;
  const auto reserved = later.usage(clock() + hours{48}).day.current;
  if (reserved != ledger_open || ledger_open != 0)
    throw life_failed{"no call is open; the limiter has " + std::to_string(reserved) +
                      " reservations, and the ledger " + std::to_string(ledger_open)};
  if (day < ledger_day)
    throw life_failed{"the limiter counts " + std::to_string(day) + " calls of the day, and the ledger " +
                      std::to_string(ledger_day)};
  const auto stats = registry_.stats();
  std::uint64_t bytes = 0;
  for (const auto& [id, row] : store_.db().jobs())
    bytes += row.end ? row.end->result_bytes : 0;
  if (stats.waiting_calls != 0)
    throw life_failed{"no call is open, and the registry counts " + std::to_string(stats.waiting_calls)};
  if (stats.total_jobs != store_.db().jobs().size())
    throw life_failed{"the registry counts " + std::to_string(stats.total_jobs) + " jobs, and the store has " +
                      std::to_string(store_.db().jobs().size())};
  if (stats.kept_bytes != bytes)
    throw life_failed{"the registry counts " + std::to_string(stats.kept_bytes) + " bytes of results, and the store " +
                      std::to_string(bytes)};
  auto sums = store_.db().totals();
  // A job that became durable too late to be told stays in these of the store's.
  if (facts_.undone() != 0) {
    sums.pictures_from_cache = std::min(sums.pictures_from_cache, stats.totals.pictures_from_cache);
    sums.pictures_processed = std::min(sums.pictures_processed, stats.totals.pictures_processed);
    sums.one_by_one = std::min(sums.one_by_one, stats.totals.one_by_one);
  }
  if (!(stats.totals == sums))
    throw life_failed{"the registry's sums (" + text_of(stats.totals) + ") are not the store's (" +
                      text_of(store_.db().totals()) + ")"};
  if (const auto calls = pool_.stats(); calls.waiting + calls.running != 0)
    throw life_failed{"no call is open, and the pool has some"};
}

} // namespace glyphgate::simulation
