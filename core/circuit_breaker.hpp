#pragma once

#include "core/clock.hpp"
#include "core/config.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace glyphgate {

enum class breaker_mode : std::uint8_t { closed, open, half_open };

/// "closed", "open", "half_open".
std::string_view to_string(breaker_mode mode);

/// Leave to make one call. Its report counts only while the breaker is in the generation that gave it.
struct call_permit {
  std::uint64_t generation = 0;
  std::uint64_t id = 0;
};

/// The breaker's answer to who wants to call.
struct permit_answer {
  bool granted = false;
  call_permit permit;
  /// When refused: after how long to ask again.
  duration retry_after{};
};

/// What became of a permitted call, as far as the engine's health is concerned.
enum class call_health : std::uint8_t {
  /// The engine answered, whatever it said of the pictures.
  success,
  /// No connection, 5xx, 429, time-out, malformed answer.
  failure,
  /// The call was not made; says nothing of the engine.
  unused,
};

/// A permitted call's report.
struct call_report {
  call_health health = call_health::unused;
  /// What the engine said of a failure, for the operator.
  std::string why{};
  /// For how long the engine asked for no more calls.
  std::optional<duration> pause{};
};

struct breaker_status {
  breaker_mode mode = breaker_mode::closed;
  /// Consecutive failures up to now.
  std::uint32_t failures = 0;
  std::uint32_t threshold = 0;
  std::optional<timestamp> last_failure;
  /// What the engine said when it failed last, for the operator; empty once it has answered again.
  std::string last_error;
  /// While open: how long until it admits probes. Else, during a pause: how long that lasts.
  std::optional<duration> retry_after;
};

/// Closed → (threshold consecutive failures) → open → (open time over) → half-open → closed or open again. Every change
/// starts a new generation and voids the permits of the older ones. While failures are being counted, no more calls run
/// at once than failures are left to the threshold, so that an outage costs at most that many. A permit that is not
/// reported within its lease expires: half-open takes it for a failure. When the engine asks for a pause, no call
/// is let through before it is over, whatever the mode.
class circuit_breaker_state {
public:
  /// `paused_until` is what an earlier process was asked for, and `held` what it was told: see `hold`.
  explicit circuit_breaker_state(const circuit_breaker_config& config, timestamp paused_until = {}, bool held = false);

  permit_answer acquire(timestamp now);
  void report(timestamp now, const call_permit& p, call_report report);
  breaker_status status(timestamp now);

  /// No call is let through while it is held, whatever the mode.
  void hold(bool held) { held_ = held; }

private:
  /// A permit that was not reported yet.
  struct outstanding {
    timestamp lease_ends;
    /// Set by the first look after that: a report that came while the process was stopped is read before it counts.
    std::optional<timestamp> overdue_since;
  };

  timestamp advance(timestamp now);
  void enter(breaker_mode mode);
  void trip(timestamp now);
  void fail(timestamp now);
  /// How many more calls may run now.
  std::uint64_t free_slots() const;
  duration until_next_lease_ends(timestamp now) const;

  circuit_breaker_config config_;
  timestamp last_seen_{};
  breaker_mode mode_ = breaker_mode::closed;
  std::uint64_t generation_ = 1;
  std::uint64_t next_permit_ = 1;
  std::uint32_t failures_ = 0;
  std::uint32_t probe_successes_ = 0;
  std::optional<timestamp> last_failure_;
  std::string last_error_;
  timestamp open_until_{};
  /// Until when the engine has asked for no more calls.
  timestamp paused_until_{};
  bool held_ = false;
  /// Permits of this generation that were not reported yet.
  std::unordered_map<std::uint64_t, outstanding> outstanding_;
};

} // namespace glyphgate
