#pragma once

#include "core/clock.hpp"
#include "core/job.hpp"
#include "http/surfaces/gateway.hpp"
#include "http/surfaces/job_intake.hpp"
#include "http/wire/problem.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

namespace glyphgate::http {

/// The jobs of one request: submits them, and waits until all have ended. What was accepted goes on whatever becomes
/// of the wait. Shared with the callbacks that are under way; thread-safe.
class job_gathering : public std::enable_shared_from_this<job_gathering> {
public:
  using job_view_ptr = std::shared_ptr<const job_view>;
  /// All jobs as they ended, in order; or why there are none: one was refused, or has not ended by the deadline (504).
  using outcome = std::variant<std::vector<job_view_ptr>, problem>;

  using done_fn = std::function<void(outcome)>;

  /// `request_id` is for the log.
  job_gathering(std::shared_ptr<gateway> gate, clock_fn clock, timestamp deadline, std::string request_id);

  /// Called once, with one job at least. `done` is called once, from any thread, and keeps `intake` until then. Submits
  /// nothing where the client has left.
  void start(const job_intake& intake, const std::vector<std::shared_ptr<const job_spec>>& jobs, done_fn done);

  /// The client has gone: nothing is waited for any longer, as if the deadline had come.
  void leave();

private:
  void submitted(std::size_t position, const owner_name& owner, const submission& s);
  void wait(std::size_t position, const owner_name& owner, const job_id& id);
  void ended(std::size_t position, const std::variant<job_view_ptr, ec>& reply);
  /// The first one counts.
  void finish(outcome o);
  void end_waits();

  const std::shared_ptr<gateway> gate_;
  const clock_fn clock_;
  const timestamp deadline_;
  const std::string request_id_;
  std::mutex mutex_;
  bool left_ = false;
  /// Null before the start, and once it was called.
  done_fn done_;
  /// Each ends a wait.
  std::vector<std::function<void()>> waits_;
  std::vector<job_view_ptr> ended_;
  std::size_t open_ = 0;
};

} // namespace glyphgate::http
