#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace glyphgate {

/// Turns SIGINT and SIGTERM into an orderly stop, and SIGHUP into a call. Made before any other thread, so that all of
/// them leave the signals to it. A second signal to stop ends the process at once.
class stop_signals {
public:
  /// Calls `on_hangup` on a thread of its own for each SIGHUP; where it is empty, SIGHUP does what it always does.
  explicit stop_signals(std::function<void()> on_hangup);
  ~stop_signals();
  stop_signals(const stop_signals&) = delete;
  stop_signals& operator=(const stop_signals&) = delete;

  /// Asks for a stop with that exit code, as a signal does with 0. The first request counts. Callable from any thread.
  void request(int exit_code);

  /// Blocks until a stop is asked for; the exit code.
  int wait();

  /// As `wait`, but no longer than until that time: none when no stop was asked for by then.
  std::optional<int> wait_until(std::chrono::steady_clock::time_point at_most);

  /// Ends the process with `exit_code` unless the returned guard is destroyed within that time.
  [[nodiscard]] std::jthread bound(std::chrono::seconds at_most, int exit_code);

private:
  void listen();

  const std::function<void()> on_hangup_;
  int signals_;
  /// Ends the listener.
  int wake_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<int> requested_;
  std::jthread listener_;
};

} // namespace glyphgate
