#pragma once

#include "core/clock.hpp"
#include "core/config.hpp"
#include "core/limits/rate_limiter.hpp"
#include "http/answers/reply.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <variant>

namespace glyphgate::http {

/// The header lines RateLimit-Policy and RateLimit for those windows: the tightest is the one with the least left.
std::string rate_limit_lines(const limiter_usage& windows);

/// A copy of the windows for the headers of answers that did not ask the limiter themselves, refreshed at most once a
/// second however many polls there are. Thread-safe.
class rate_limit_view : public std::enable_shared_from_this<rate_limit_view> {
public:
  using lines_ptr = std::shared_ptr<const std::string>;
  /// Asks for the windows; the reply may come from any thread.
  using ask_fn = std::function<void(reply<limiter_usage>)>;

  /// Until something is known, the windows count as empty.
  rate_limit_view(ask_fn ask, const rate_limiter_config& limits, clock_fn clock);

  /// The header lines, when they are young enough or are being refreshed already; else null: then call `refresh`.
  lines_ptr lines(timestamp now);

  /// The header lines, however old.
  lines_ptr known() const;

  /// Asks for the windows and passes on the lines, old ones if there is no answer, from any thread.
  void refresh(std::function<void(lines_ptr)> then);

  /// The lines of windows that just came with another answer.
  lines_ptr update(const limiter_usage& windows);

private:
  /// The lines after that reply, which ends the refreshing.
  lines_ptr refreshed(const std::variant<limiter_usage, ec>& reply);
  void end_refreshing();

  const ask_fn ask_;
  clock_fn clock_;
  mutable std::mutex mutex_;
  lines_ptr lines_;
  timestamp taken_at_ = timestamp::min();
  bool refreshing_ = false;
};

} // namespace glyphgate::http
