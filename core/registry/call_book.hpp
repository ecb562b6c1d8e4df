#pragma once

#include "core/call.hpp"
#include "core/clock.hpp"
#include "core/company.hpp"
#include "core/digest.hpp"
#include "core/extent.hpp"
#include "core/ids.hpp"
#include "core/job.hpp"
#include "core/picture.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

namespace glyphgate {

/// Whether pictures of that extent may share a call.
using fits_fn = std::function<bool(const extent&)>;

/// Where an open call is, at every moment exactly one of these.
enum class call_place : std::uint8_t {
  /// It takes pictures in, until it departs.
  filling,
  /// It departs when a worker is free.
  ready,
  /// It departs when a worker is free and what is on its way into it has arrived. It takes nothing more in.
  sealed,
  /// In the pool, waiting for a worker, or begun and not yet reported.
  queued,
  /// In the pool, reported as under way.
  running,
  /// Waiting for a time to come.
  delayed,
  /// Waiting until the store has made durable what its next step depends on.
  storing,
  /// Waiting for the limiter's answer.
  reserving,
  /// Left as it is for the next start, as the service stops.
  left,
};

/// One attempt at a call, and the spend that covers it.
struct call_attempt {
  call_id call = 0;
  attempt_token number = 0;
  reservation_id reservation = 0;
};

/// The calls that are open: filling, on their way, or between two attempts. Owned by the registry.
///
/// A call has seats. A seat is one picture content under one set of hints and one engine scope, named by its
/// `recognition_key`; its riders are the pictures of jobs that want it. A rider boards as soon as its job is planned,
/// and is aboard for good once that is durable (`confirm`).
class call_book {
public:
  struct passenger {
    rider who;
    /// That it is aboard is durable. Only such riders pay.
    bool durable = false;
  };

  struct seat {
    digest key;
    picture_info info;
    std::vector<passenger> riders;
  };

  struct call {
    call_id id = 0;
    call_id origin = 0;
    company with;
    /// The latest attempt, and the spend that covers it.
    attempt_token attempt = 1;
    reservation_id reservation = 0;
    std::uint32_t paid_before = 0;
    /// Attempts that failed in the service itself, before anything was sent. Not known over a restart.
    std::uint32_t failed_here = 0;
    bool suspect = false;
    /// Its spend is to be claimed before it goes: an earlier process reserved it, or the keys were replaced, or riders
    /// left since. The limit may have been lowered, or nobody aboard holds a key.
    bool to_claim = false;
    /// Its spend covers the attempt to come, or the one that is under way.
    bool paid = true;
    /// It has not departed yet, and is filling or sealed.
    bool fills = false;
    call_place place = call_place::filling;
    /// When it departs at the latest, where it is filling.
    timestamp departs_at = timestamp::max();
    std::vector<seat> seats;
    extent load;
    /// Riders that are not durable yet.
    std::uint32_t boarding = 0;
    /// So many of its seats have been read by the attempt that is under way.
    std::uint32_t seats_done = 0;

    call_attempt as_attempt() const { return {id, attempt, reservation}; }
    bool in_pool() const { return place == call_place::queued || place == call_place::running; }
  };

  /// A split call's parts come to at most `max_split_calls`, its parts' parts included.
  call_book(fits_fn fits, std::uint32_t max_split_calls) : fits_{std::move(fits)}, max_split_calls_{max_split_calls} {}

  /// A new call; its id is new.
  void open(call c);
  /// A call that was closed, and has the same origin as one that is open.
  void note_closed(const kept_call& relative);

  const call* find(call_id id) const;
  /// The open call of which this is the latest attempt, or null.
  const call* find(call_id id, attempt_token attempt) const;

  std::size_t size() const { return calls_.size(); }
  /// Calls that no worker has begun.
  std::size_t waiting() const { return calls_.size() - running_; }
  /// Those of them that the pool has.
  std::size_t queued() const { return queued_; }

  /// The open call that has this seat.
  const call* with_seat(const digest& key) const;
  /// The calls that take pictures of that company in, in the order in which they were opened.
  std::vector<const call*> filling(const company& with) const;
  bool fits(const extent& load) const { return fits_(load); }
  /// Less than a tenth more of its like fits, or not even a picture as small as the smallest aboard.
  bool is_full(const call& c) const;

  /// Boards the call, in the seat of that key or else in a new one.
  void board(call_id id, const digest& key, const picture_info& info, const rider& who);
  void confirm(call_id id, const digest& key, const rider& who);
  /// Leaves, whichever seat that is in: who waits for another engine may sit under an old key. A seat without riders is
  /// vacated, unless a worker has the call. Returns whether the call has no rider left.
  bool leave(call_id id, const rider& who);

  void move(call_id id, attempt_token attempt, call_place place);
  void depart_by(call_id id, timestamp at);
  void set_departure(call_id id, timestamp at);
  /// It fills on.
  void fill(call_id id);
  /// It fills no more.
  void set_departed(call_id id) { at(id).fills = false; }
  /// Its spend is being claimed.
  void claim(call_id id) { at(id).to_claim = false; }
  /// All spends are to be claimed before they are used.
  void claim_anew();
  /// An attempt has failed in the service itself. Returns how many have.
  std::uint32_t fail_here(call_id id) { return ++at(id).failed_here; }
  /// Its spend is used up: the next attempt needs one of its own.
  void set_unpaid(call_id id) { at(id).paid = false; }
  /// The riders' pictures are known under other keys now: `key_of` tells.
  void name_seats(call_id id, const company& with, const std::function<digest(const rider&)>& key_of);

  /// The attempt has read that many seats. Returns those that are new among them.
  std::vector<seat> progress(call_id id, attempt_token attempt, std::uint32_t seats_done);

  /// The next attempt, paid for by `reservation`. Returns it. The call is open.
  call_attempt retry(call_id id, reservation_id reservation, std::uint32_t paid_before, bool suspect);

  /// Takes the call out.
  call close(call_id id);

  /// Whether two more calls may take the place of this one.
  bool may_split(call_id id) const;
  /// Puts two calls, each with half of the seats, in the place of this one; one, where one seat has riders. They are
  /// paid for by the reservations from `first` on.
  std::vector<call_id> split(call_id id, reservation_id first);

  /// Calls `look` with each open call, in the order of their ids.
  template <class Look>
  void each(Look look) const {
    for (const auto& [id, c] : calls_)
      look(c);
  }

private:
  /// The calls that came of one: those open, and all that ever were.
  struct family {
    std::uint32_t open = 0;
    std::uint32_t all = 0;
  };

  call& at(call_id id) { return calls_.at(id); }
  static std::vector<seat>::iterator seat_in(call& c, const digest& key);
  /// Takes its seats in, and adds up what they hold.
  void index(call& c);
  void unindex(const call& c);
  void vacate_empty_seats(call& c);
  void set_place(call& c, call_place place);
  void count(call_place place, std::size_t more);

  fits_fn fits_;
  std::uint32_t max_split_calls_;
  std::map<call_id, call> calls_;
  std::unordered_map<digest, call_id> by_seat_;
  std::unordered_map<call_id, family> families_;
  std::size_t running_ = 0;
  std::size_t queued_ = 0;
};

} // namespace glyphgate
