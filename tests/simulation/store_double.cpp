#include "store_double.hpp"

#include "engine_double.hpp"

#include <algorithm>
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
  if (!repeated && (unheard || forgets))
    before_ = contents{db_, truth_->as_of_now()};
  last_ = number;
  if (!unheard && !forgets)
    before_.reset();
  if (repeated)
    return last_verdicts_;
  // Nothing but the number: what is in it follows one by one.
  db_.commit(number, {});
  last_verdicts_.clear();
  for (const auto& t : transactions)
    last_verdicts_.push_back(commit(t, now, to_true));
  truth_->committed();
  return last_verdicts_;
}

verdict store_double::commit(const transaction& t, timestamp now, duration to_true) {
  truth_->about_to_apply(t, now);
  const bool lost = plan_.defect == planted::adoption_lost && std::holds_alternative<adopt_job>(t);
  const std::vector<transaction> kept{lost ? note_pause{} : t};
  const auto done = db_.commit(kept).front();
  if (done == verdict::applied)
    truth_->applied(t, now, to_true);
  return done;
}

void store_double::lose_power() {
  if (before_ && random_.chance(0.5)) {
    db_ = std::move(before_->db);
    truth_->take_back(std::move(before_->tally));
  }
  before_.reset();
}

recovery store_double::recover(timestamp now) {
  before_.reset();
  auto r = db_.recover(now);
  last_ = r.last_batch;
  if (plan_.defect == planted::interruptions_count)
    for (auto& call : r.calls)
      if (!call.closed && call.suspect) {
        call.suspect = false;
        if (++call.paid_before >= plan_.settings.jobs.max_attempts)
          call.interruptions = plan_.settings.jobs.max_interruptions;
      }
  if (plan_.defect == planted::suspects_together)
    for (auto& call : r.calls)
      call.suspect = false;
  if (plan_.defect == planted::priced_by_today)
    r.totals.spent = r.totals.api_calls * engines.front().call_price;
  if (plan_.defect == planted::stop_forgotten)
    r.stopped.reset();
  if (plan_.defect == planted::key_forgotten)
    r.requests.clear();
  if (plan_.defect == planted::owner_limit_forgotten)
    for (auto& spend : r.spends)
      spend.payers.clear();
  if (plan_.defect == planted::window_forgets_calls)
    std::erase_if(r.spends, [](const auto& s) { return s.settled_at.has_value(); });
  if (plan_.defect == planted::window_forgets_jobs)
    r.accepted.clear();
  if (plan_.defect == planted::line_out_of_order) {
    std::ranges::reverse(r.pending);
    for (auto& job : r.pending)
      job.sifted_at = r.as_of;
  }
  if (plan_.defect == planted::sifted_twice)
    for (auto& job : r.pending)
      job.sifting = job.sifting || job.sifted_at;
  if (plan_.defect == planted::sifting_forgotten)
    for (auto& job : r.pending)
      job.sifting = false;
  if (plan_.defect == planted::line_lost_at_start)
    std::erase_if(r.pending, [this](const auto& job) { return !db_.jobs().at(job.view.id).waiting().empty(); });
  if (plan_.defect == planted::identical_passing_failure)
    for (auto& job : r.ended)
      job.repeatable = true;
  return r;
}

} // namespace glyphgate::simulation
