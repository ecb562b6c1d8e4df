// What must hold of a process.
#include "failure.hpp"
#include "process.hpp"

#include <algorithm>
#include <set>

namespace glyphgate::simulation {

namespace {

using std::chrono::hours;

std::string text_of(const store_totals& t) {
  return std::to_string(t.api_calls) + " calls, " + std::to_string(t.pictures_processed) + " and " +
         std::to_string(t.pictures_from_cache) + " pictures, " + std::to_string(t.spent) + " of " +
         std::to_string(t.one_by_one) + " spent, " + std::to_string(t.unpriced_calls) + " calls and " +
         std::to_string(t.unpriced_pictures) + " pictures without price";
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

void process::check_all() const {
  if (auto wrong = registry_.defect(); !wrong.empty())
    throw life_failed{wrong};
  if (registry_.stats().total_jobs > plan_.settings.jobs.max_kept_jobs)
    throw life_failed{"more jobs are kept than may be"};
  const auto held = pool_.held();
  for (const auto& call : registry_.jobs().open_calls()) {
    const auto in = [&](const auto& calls) {
      return std::ranges::count_if(calls,
                                   [&](const auto& c) { return c->attempt == call.attempt && c->key == call.key; });
    };
    const auto places = in(to_pool_) + in(held) + in(from_pool_);
    const bool there = call.place == call_place::queued || call.place == call_place::running;
    if (places != (there ? 1 : 0))
      throw life_failed{call.key.job + " call " + std::to_string(call.key.index) + " is in the pool " +
                        std::to_string(places) + " times, in place " + std::to_string(static_cast<int>(call.place))};
  }
}

bool process::quiet() const {
  return flying_ == 0 && !writing_ && mailbox_.empty() && queue_.size() == 0 && askers_.empty() &&
         std::ranges::all_of(workers_, [](const auto& w) { return w.alive && !w.has; }) &&
         registry_.stats().unsaved == 0 && registry_.jobs().open_calls().empty();
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
  // A job that became durable too late to be told stays in these two of the store's.
  if (sums.pictures_from_cache > stats.totals.pictures_from_cache) {
    sums.pictures_from_cache = stats.totals.pictures_from_cache;
    sums.one_by_one = std::min(sums.one_by_one, stats.totals.one_by_one);
  }
  if (!(stats.totals == sums))
    throw life_failed{"the registry's sums (" + text_of(stats.totals) + ") are not the store's (" +
                      text_of(store_.db().totals()) + ")"};
  if (const auto calls = pool_.stats(); calls.waiting + calls.running != 0)
    throw life_failed{"no call is open, and the pool has some"};
}

} // namespace glyphgate::simulation
