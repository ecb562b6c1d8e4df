#include "books.hpp"

#include "failure.hpp"

#include <string>

namespace glyphgate::simulation {

namespace {

std::string text_of(const cost& c) {
  return std::to_string(c.calls) + " millionths of calls and " + std::to_string(c.price) + " micro-dollars";
}

} // namespace

void books::pay(reservation_id id, const std::vector<job_share>& otherwise) {
  const auto node = begun_.extract(id);
  for (const auto& share : node.empty() ? otherwise : node.mapped()) {
    auto& payer = accounts_[share.job];
    if (payer.has_result)
      throw life_failed{"job " + share.job + " has its result, and pays for reservation " + std::to_string(id)};
    payer.paid += share.pays;
    ++payer.attempts;
    all_ += share.pays;
  }
}

books::account books::of(const job_id& id) const {
  const auto found = accounts_.find(id);
  return found == accounts_.end() ? account{} : found->second;
}

void books::check_sum(const store::memory_store& db) const {
  const cost spent{db.totals().api_calls * whole_call, db.totals().spent};
  if (!(spent == all_) || db.totals().unpriced_calls != 0)
    throw life_failed{"all jobs have paid " + text_of(all_) + ", and the ledger has spent " + text_of(spent)};
}

void books::check_jobs(const store::memory_store& db) const {
  for (const auto& [id, row] : db.jobs()) {
    const auto own = of(id);
    if (!(row.share == own.paid) || row.api_calls != own.attempts)
      throw life_failed{"job " + id + " has paid " + text_of(own.paid) + " in " + std::to_string(own.attempts) +
                        " attempts, and the store says " + text_of(row.share) + " in " + std::to_string(row.api_calls)};
  }
}

} // namespace glyphgate::simulation
