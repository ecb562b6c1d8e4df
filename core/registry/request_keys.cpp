#include "core/registry/request_keys.hpp"

namespace glyphgate {

const request_keys::entry* request_keys::find(const owner_name& owner, const std::string& key) const {
  const auto found = entries_.find({owner, key});
  return found == entries_.end() ? nullptr : &found->second;
}

void request_keys::begin(const owner_name& owner, const request_key& key) {
  entries_.insert_or_assign({owner, key.text}, entry{key.request, {}});
}

void request_keys::drop(const owner_name& owner, const request_key& key) {
  entries_.erase({owner, key.text});
}

std::optional<std::string> request_keys::oldest_in_the_way(const job_id& job) const {
  const auto found = of_job_.find(job);
  if (found == of_job_.end() || found->second.size() < most_of_a_job)
    return std::nullopt;
  return found->second.front().second;
}

void request_keys::note(const answered_request& answered) {
  const place at{answered.owner, answered.key.text};
  auto& keys = of_job_[answered.job];
  if (keys.size() >= most_of_a_job) {
    entries_.erase(keys.front());
    keys.pop_front();
  }
  keys.push_back(at);
  entries_.insert_or_assign(at, entry{answered.key.request, answered});
}

void request_keys::forget(const job_id& job) {
  auto node = of_job_.extract(job);
  if (node.empty())
    return;
  for (const auto& at : node.mapped()) {
    const auto found = entries_.find(at);
    // The key may have been given to another request since.
    if (found != entries_.end() && found->second.answer && found->second.answer->job == job)
      entries_.erase(found);
  }
}

} // namespace glyphgate
