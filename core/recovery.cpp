#include "core/recovery.hpp"

#include <algorithm>
#include <unordered_map>

namespace glyphgate {

spending_history history_of(const recovery& r) {
  spending_history history{r.accepted, r.spends, r.accounts, r.first_free};
  std::unordered_map<call_id, reservation_id> spend_of;
  for (const auto& call : r.calls)
    if (!call.closed && !call.unpaid)
      spend_of.emplace(call.id, call.reservation);
  std::unordered_map<reservation_id, spend_record*> records;
  for (auto& spend : history.spends)
    if (!spend.settled_at)
      records.emplace(spend.id, &spend);
  for (const auto& job : r.pending)
    for (const auto call : job.aboard) {
      const auto spend = spend_of.find(call);
      const auto record = spend == spend_of.end() ? records.end() : records.find(spend->second);
      if (record == records.end())
        continue;
      auto& payers = record->second->payers;
      if (std::ranges::find(payers, job.view.owner, &owner_share::owner) == payers.end())
        payers.push_back({job.view.owner, {}});
    }
  return history;
}

} // namespace glyphgate
