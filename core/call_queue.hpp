#pragma once

#include "core/call.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace glyphgate {

/// Names one stay in the queue.
using queue_ticket = std::uint64_t;

/// Planned calls that wait for a worker: first in, first out, with a bound on their number and on the age of their job.
class call_queue {
public:
  call_queue(std::size_t capacity, duration max_age) : capacity_{capacity}, max_age_{max_age} {}

  std::size_t size() const { return entries_.size(); }
  std::size_t capacity() const { return capacity_; }
  bool empty() const { return entries_.empty(); }

  /// None when it is full.
  std::optional<queue_ticket> push(std::shared_ptr<const planned_call> call);

  /// The call that waits the longest; none when it is empty.
  std::optional<std::pair<queue_ticket, std::shared_ptr<const planned_call>>> pop();

  /// Takes out every call whose job was accepted longer ago than the age limit.
  std::vector<queue_ticket> take_expired(timestamp now);

  /// Takes out every call of that job.
  std::vector<queue_ticket> take_job(const job_id& id);

  /// Takes out everything.
  std::vector<queue_ticket> take_all();

private:
  template <class Predicate>
  std::vector<queue_ticket> take_if(Predicate predicate);

  struct entry {
    queue_ticket ticket;
    std::shared_ptr<const planned_call> call;
  };

  std::size_t capacity_;
  duration max_age_;
  queue_ticket next_ = 1;
  std::deque<entry> entries_;
};

} // namespace glyphgate
