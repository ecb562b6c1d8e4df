#include "store_double.hpp"

#include "engine_double.hpp"

#include <utility>

namespace glyphgate::simulation {

store_double::store_double(const life_plan& plan, random r) : plan_{plan}, random_{r} {
  for (const auto& d : plan.disturbances)
    if (d.what == disturbance::kind::store_op)
      faults_.emplace(d.at, d.fault);
}

store_fault store_double::next_fault(timestamp now) {
  ++operations_;
  if (now < down_until_)
    return random_.chance(0.5) ? store_fault::fails : store_fault::is_locked;
  const auto found = faults_.find(operations_);
  return found == faults_.end() ? store_fault::none : found->second;
}

verdicts store_double::commit(batch_number number, std::span<const transaction> transactions, timestamp now,
                              duration to_true, bool unheard) {
  const bool repeated = number == last_;
  const bool forgets = plan_.defect == planted::commit_not_durable && random_.chance(0.2);
  if (!repeated) {
    if (unheard || forgets)
      before_ = db_;
    for (const auto& t : transactions)
      truth_->about_to_apply(t);
  }
  last_ = number;
  if (!unheard && !forgets)
    before_.reset();
  std::vector<transaction> kept{transactions.begin(), transactions.end()};
  if (plan_.defect == planted::adoption_lost)
    for (auto& t : kept)
      if (std::holds_alternative<adopt_job>(t))
        t = note_pause{};
  const auto done = db_.commit(number, kept);
  if (!repeated)
    for (std::size_t i = 0; i < transactions.size(); ++i)
      if (done[i] == verdict::applied)
        truth_->applied(transactions[i], now, to_true);
  return done;
}

void store_double::lose_power() {
  if (before_ && random_.chance(0.5))
    db_ = std::move(*before_);
  before_.reset();
}

recovery store_double::recover(timestamp now) {
  before_.reset();
  auto r = db_.recover(now);
  last_ = r.last_batch;
  if (plan_.defect == planted::interruptions_count)
    for (auto& job : r.pending)
      for (auto& call : job.calls)
        if (!call.closed && call.suspect) {
          call.suspect = false;
          if (++call.paid_before >= plan_.settings.jobs.max_attempts)
            call.interruptions = plan_.settings.jobs.max_interruptions;
        }
  if (plan_.defect == planted::suspects_together)
    for (auto& job : r.pending)
      for (auto& call : job.calls)
        call.suspect = false;
  if (plan_.defect == planted::priced_by_today)
    r.totals.spent = r.totals.api_calls * engines.front().call_price;
  if (plan_.defect == planted::window_forgets_calls)
    std::erase_if(r.spends, [](const auto& s) { return s.settled_at.has_value(); });
  if (plan_.defect == planted::window_forgets_jobs)
    r.jobs_accepted_at.clear();
  if (plan_.defect == planted::identical_passing_failure)
    for (auto& job : r.ended)
      job.repeatable = true;
  return r;
}

} // namespace glyphgate::simulation
