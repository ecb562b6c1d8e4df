#pragma once

#include "core/clock.hpp"
#include "core/config.hpp"
#include "core/error.hpp"
#include "core/fair_shares.hpp"
#include "core/ids.hpp"
#include "core/limits/billing_calendar.hpp"
#include "core/limits/usage_account.hpp"
#include "core/price.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace glyphgate {

/// How full one window is.
struct window_usage {
  std::uint64_t current = 0;
  std::uint64_t limit = 0;
  duration span{};
  /// How long until something leaves the window; zero when it is empty.
  duration until_room{};

  std::uint64_t remaining() const { return current < limit ? limit - current : 0; }
};

/// A limit that is set, and how much of it is used.
struct limit_usage {
  /// Whose: empty is the service's.
  owner_name whose;
  window_kind window = window_kind::minute;
  measure what = measure::jobs;
  /// As `amounts` count them; what is held for calls that are not over is in `current`.
  std::uint64_t current = 0;
  std::uint64_t limit = 0;
  /// How long until something leaves the window; zero when it is empty.
  duration until_room{};
};

/// How full every window is, at one instant, as the holder of a key is told it, or who runs the service. Where keys
/// have no limit of their own, they are told the service's.
struct limiter_usage {
  /// Jobs in the last 60 s.
  window_usage minute;
  /// Jobs in the last 3600 s.
  window_usage hour;
  /// Billable calls in the last 24 h, those reserved and not yet made included. Where the limit was lowered, those that
  /// wait for room in it fill the window, and do not go beyond the limit.
  window_usage day;
  /// Jobs in the last 24 h; no limit of its own.
  std::uint64_t jobs_today = 0;
  std::optional<timestamp> oldest_job_today;
  /// Of the last 24 h and of this month: what was used, without what is held.
  amounts used_today;
  amounts used_this_month;
  /// Every limit that is set.
  std::vector<limit_usage> limits;
};

/// What is asked of the limits.
struct demand {
  /// Who pays for the calls. Which part of them each pays is known when they are made: until then each holds all of
  /// them. Nobody: they count for the service only. Jobs are the first one's.
  std::vector<owner_name> payers{};
  std::uint32_t jobs = 0;
  std::uint32_t calls = 0;
  /// Reservations of open calls that a job boards: the payers hold those, too, if they do not yet.
  std::vector<reservation_id> boards{};
  /// What others are about to ask for, beside which the service is to have room.
  std::uint32_t jobs_beside = 0;
  std::uint32_t calls_beside = 0;
};

/// The limiter's answer to a reservation.
struct admission {
  /// none when granted; rate_limited, or job_too_large when no wait could ever help.
  ec refused = ec::none;
  /// When granted: when it counts from, and the first of as many consecutive reservations as calls were asked for.
  timestamp at;
  reservation_id first = 0;
  std::uint32_t jobs = 0;
  std::uint32_t calls = 0;
  std::vector<owner_name> payers{};
  /// Of the reservations that were to be boarded: those that the first payer holds since.
  std::vector<reservation_id> boarded{};
  /// When refused: none of those who would pay holds a key. The first of them is `whose`, and no limit is in the way:
  /// there is room when a key is given to one of them.
  bool no_key = false;
  /// When refused: which limit is in the way the longest ("minute", "hour", "day", "month", or "job" for the calls that
  /// one job may open), of what and of whom (the service's where that is empty), and for how long.
  std::string_view window;
  measure what = measure::jobs;
  owner_name whose;
  /// As `amounts` count it.
  std::uint64_t limit = 0;
  /// When no wait could ever help: what is needed of it, as `amounts` count it, and for how many calls, those that are
  /// boarded included.
  std::uint64_t needed = 0;
  std::uint64_t needed_calls = 0;
  duration retry_after{};
  /// After the decision, as the first payer is told it.
  limiter_usage usage;

  bool granted() const { return refused == ec::none; }
};

/// Whether a limit of the service is in the way, rather than a limit of a key or a missing key.
inline bool is_of_service(const admission& refused) {
  return refused.whose.empty() && !refused.no_key;
}

/// One spend as the ledger remembers it, to rebuild the windows from.
struct spend_record {
  reservation_id id = 0;
  /// When it was settled; none while it is reserved.
  std::optional<timestamp> settled_at;
  /// When settled: what it cost; what is reserved costs what a call costs now.
  micro_dollars price = 0;
  /// When settled: who paid it. When reserved: whose jobs ride in its call, which may pay all of it.
  std::vector<owner_share> payers{};
};

/// A job that was accepted.
struct accepted_job {
  timestamp at;
  owner_name owner;
  friend bool operator==(const accepted_job&, const accepted_job&) = default;
};

/// The time whose use is one entry of an account: every time zone's days and months are made of whole ones.
inline constexpr duration account_quarter = std::chrono::minutes{15};

/// What somebody used in a quarter of an hour.
struct account_entry {
  /// It began then; a multiple of `account_quarter` since 1970.
  timestamp quarter;
  owner_name owner;
  amounts used;
  friend bool operator==(const account_entry&, const account_entry&) = default;
};

/// What earlier processes used, as far as a window needs it.
struct spending_history {
  /// Of the last 24 h, in ascending order.
  std::vector<accepted_job> jobs;
  std::vector<spend_record> spends;
  /// Of the last 32 days: for the month.
  std::vector<account_entry> accounts;
  /// Above every reservation ever made.
  reservation_id first_free = 1;
};

/// Limits by the name of who holds a key; who has none of his own has empty ones. Empty where there are no keys: then
/// everybody is the owner without a name.
using owner_limits = std::map<owner_name, spending_limits>;

/// How the calls are billed.
struct billing {
  micro_dollars call_price = 0;
  billing_calendar calendar{};
};

/// The limits of the service as a whole.
spending_limits limits_of_service(const rate_limiter_config& config);

/// The windows and the open reservations, of the service as a whole and of each owner. All windows are checked and
/// taken in one step; a denial changes nothing. A reserved call counts until it is settled, and from then for as long
/// as the window is; as the call is made between the two, no window holds more calls than the limit, nor more than the
/// budget. Time never runs backwards: an earlier `now` counts as the latest seen.
///
/// A call that several owners share is held by each of them as a whole, and counts for each by the share from when it
/// is settled.
///
/// Who holds no key pays for nothing: what he asks for waits, whatever there is room for, until he holds one again. A
/// call that others pay for, too, is made for them.
///
/// A reservation of an earlier process may exceed a limit that was lowered since: it is kept, and its call may be begun
/// once it was claimed. Those claimed and those settled in the window are never more than the limit, unless as many
/// were settled under a higher one.
class rate_limiter_state {
public:
  explicit rate_limiter_state(const rate_limiter_config& config, billing bills = {}, owner_limits owners = {});

  /// Rebuilds the windows at start.
  void restore(timestamp now, const spending_history& history);

  /// From now on these are the limits by name; what is used and held stays. A name that is not among them keeps its
  /// limits for its part of calls that others pay for.
  void set_owner_limits(owner_limits owners);

  /// Takes what is asked for from every window, or nothing.
  admission reserve(timestamp now, const demand& wanted);

  /// What `reserve` would answer, and takes nothing.
  admission check(timestamp now, const demand& wanted);

  /// Whether the call of a reservation may be begun that was made a while ago, if `payers` pay for it: one of them must
  /// hold a key, and what an earlier process reserved is granted when every window has room for it under today's
  /// limits. Claimed again, it is granted again; unknown or settled, it is always, and nothing changes.
  admission claim(timestamp now, reservation_id id, const std::vector<owner_name>& payers);

  /// The call of this reservation was made, or may have been made, at that price, which these pay. Unknown and settled
  /// ids change nothing.
  void settle(timestamp now, reservation_id id, micro_dollars price, const std::vector<owner_share>& payers);

  /// Not one byte of the call left the process: its spend is given back. Unknown and settled ids change nothing.
  void release(reservation_id id);

  /// The job of a granted admission was not accepted after all: everything it took is given back.
  void revoke(const admission& granted);

  /// As that owner is told it; the empty name is who runs the service.
  limiter_usage usage(timestamp now, const owner_name& whose = {});
  /// The same with the limits of all owners.
  limiter_usage usage_of_all(timestamp now);

private:
  struct reservation {
    std::vector<owner_name> holders;
    /// False where an earlier process made it, and it was not claimed since.
    bool claimed = true;
  };

  amounts one_call() const { return {0, whole_call, bills_.call_price}; }
  amounts of(std::uint64_t jobs, std::uint64_t calls) const {
    return {jobs, calls * whole_call, calls * bills_.call_price};
  }
  timestamp advance(timestamp now);
  spending_limits limits_for(const owner_name& owner) const;
  /// As of the latest time seen.
  usage_account& account_of(const owner_name& owner);
  /// Those of the reservations that the owner does not hold yet, and that are open.
  std::vector<reservation_id> not_held(const owner_name& owner, const std::vector<reservation_id>& ids) const;
  /// Whether all windows have room; without their usage, and nothing is taken.
  admission decide(timestamp at, const demand& wanted);
  /// What was asked for of that account is `more`.
  static void deny(admission& answer, const owner_name& whose, const shortage& s, const amounts& more);
  bool holds_key(const owner_name& owner) const { return limits_.empty() ? owner.empty() : limits_.contains(owner); }
  /// Denies what nobody with a key pays for. True when it did.
  bool deny_without_key(admission& answer, const std::vector<owner_name>& payers) const;
  void add_limits(limiter_usage& u, const owner_name& whose, const usage_account& account) const;
  static window_usage usage_of(const usage_account& account, timestamp now, window_kind w, measure m,
                               std::uint64_t limit);
  template <class Work>
  void each_holder(const reservation& r, Work work);

  billing bills_;
  owner_limits limits_;
  timestamp last_seen_{};
  reservation_id next_ = 1;
  usage_account service_;
  /// Of owners that have used something, or have limits.
  std::unordered_map<owner_name, usage_account> accounts_;
  std::unordered_map<reservation_id, reservation> open_;
};

} // namespace glyphgate
