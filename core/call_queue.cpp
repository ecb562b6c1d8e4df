#include "core/call_queue.hpp"

namespace glyphgate {

std::optional<queue_ticket> call_queue::push(std::shared_ptr<const planned_call> call) {
  if (entries_.size() >= capacity_)
    return std::nullopt;
  entries_.push_back({next_, std::move(call)});
  return next_++;
}

std::optional<std::pair<queue_ticket, std::shared_ptr<const planned_call>>> call_queue::pop() {
  if (entries_.empty())
    return std::nullopt;
  auto front = std::move(entries_.front());
  entries_.pop_front();
  return std::pair{front.ticket, std::move(front.call)};
}

template <class Predicate>
std::vector<queue_ticket> call_queue::take_if(Predicate predicate) {
  std::vector<queue_ticket> taken;
  std::erase_if(entries_, [&](const entry& e) {
    if (!predicate(*e.call))
      return false;
    taken.push_back(e.ticket);
    return true;
  });
  return taken;
}

std::vector<queue_ticket> call_queue::take_expired(timestamp now) {
  return take_if([&](const planned_call& call) { return call.accepted_at + max_age_ <= now; });
}

std::vector<queue_ticket> call_queue::take_job(const job_id& id) {
  return take_if([&](const planned_call& call) { return call.key.job == id; });
}

std::vector<queue_ticket> call_queue::take_all() {
  return take_if([](const planned_call&) { return true; });
}

} // namespace glyphgate
