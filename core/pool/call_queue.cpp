#include "core/pool/call_queue.hpp"

#include <algorithm>
#include <utility>

namespace glyphgate {

bool call_queue::push(waiting_call call) {
  if (size() >= capacity_)
    return false;
  (call.call->suspect ? suspects_ : others_).push_back(std::move(call));
  return true;
}

std::optional<waiting_call> call_queue::pop() {
  auto& from = suspects_.empty() ? others_ : suspects_;
  if (from.empty())
    return std::nullopt;
  auto front = std::move(from.front());
  from.pop_front();
  return front;
}

std::optional<timestamp> call_queue::next_expiry() const {
  std::optional<timestamp> first;
  for (const auto* line : {&suspects_, &others_})
    for (const auto& w : *line)
      first = std::min(first.value_or(timestamp::max()), w.call->age_from + max_age_);
  return first;
}

template <class Predicate>
std::vector<waiting_call> call_queue::take_if(Predicate predicate) {
  std::vector<waiting_call> taken;
  for (auto* line : {&suspects_, &others_})
    std::erase_if(*line, [&](waiting_call& w) {
      if (!predicate(*w.call))
        return false;
      taken.push_back(std::move(w));
      return true;
    });
  return taken;
}

std::vector<waiting_call> call_queue::take_expired(timestamp now) {
  return take_if([&](const planned_call& call) { return too_old(call, max_age_, now); });
}

std::vector<waiting_call> call_queue::take_call(call_id id) {
  return take_if([&](const planned_call& call) { return call.id == id; });
}

std::vector<waiting_call> call_queue::take_all() {
  return take_if([](const planned_call&) { return true; });
}

std::vector<planned_call_ptr> call_queue::calls() const {
  std::vector<planned_call_ptr> all;
  for (const auto* line : {&suspects_, &others_})
    for (const auto& w : *line)
      all.push_back(w.call);
  return all;
}

} // namespace glyphgate
