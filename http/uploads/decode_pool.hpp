#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>

namespace glyphgate::http {

/// A few threads for work that would hold up the I/O thread. What waits for them is bounded by what may be received
/// (`memory_budget`, connections times pipelined requests).
class decode_pool {
public:
  explicit decode_pool(std::size_t threads);
  /// Stops.
  ~decode_pool();

  /// `work` must not throw. Dropped after `stop` has begun. From any thread.
  void post(std::function<void()> work);

  /// Returns when nothing runs any more; what waits is dropped.
  void stop();

  /// Whether `stop` has begun.
  bool stopping() const { return stopping_; }

private:
  struct threads;
  std::mutex mutex_;
  /// Null once `stop` has begun.
  std::unique_ptr<threads> threads_;
  std::atomic<bool> stopping_{false};
};

} // namespace glyphgate::http
