#pragma once

#include "core/call.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace glyphgate {

/// A call in the queue, and who is to be told what becomes of it.
struct waiting_call {
  std::uint64_t from = 0;
  planned_call_ptr call;
};

/// Planned calls that wait for a worker: suspect ones first, each kind first in, first out, with a bound on their
/// number and on the age of their jobs.
class call_queue {
public:
  call_queue(std::size_t capacity, duration max_age) : capacity_{capacity}, max_age_{max_age} {}

  std::size_t size() const { return suspects_.size() + others_.size(); }
  std::size_t capacity() const { return capacity_; }
  bool empty() const { return size() == 0; }

  /// False when it is full.
  bool push(waiting_call call);

  /// The call that is next; none when it is empty.
  std::optional<waiting_call> pop();

  /// Whether the call that is next is suspect.
  bool next_is_suspect() const { return !suspects_.empty(); }

  /// When the first of its calls becomes too old; none when it is empty.
  std::optional<timestamp> next_expiry() const;

  /// Takes out every call that has become too old.
  std::vector<waiting_call> take_expired(timestamp now);

  /// Takes out that call, if it is there.
  std::vector<waiting_call> take_call(call_id id);

  /// Takes out everything.
  std::vector<waiting_call> take_all();

  /// The calls, in the order in which they are next.
  std::vector<planned_call_ptr> calls() const;

private:
  template <class Predicate>
  std::vector<waiting_call> take_if(Predicate predicate);

  std::size_t capacity_;
  duration max_age_;
  std::deque<waiting_call> suspects_;
  std::deque<waiting_call> others_;
};

} // namespace glyphgate
