#pragma once

#include "core/digest.hpp"
#include "core/recognition.hpp"
#include "core/registry/registry_events.hpp"
#include "core/transaction.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

namespace glyphgate {

/// What calls have read and the sieve has answered of late, which the store may not tell yet. Part of the registry.
///
/// The store is read beside the writer: an answer may have left it before a call's end was there to be read, and reach
/// the registry when the call is closed and its seats are gone. Whoever believed it would pay for the picture again. So
/// whoever asks the store takes a mark first, and completes the answer from here for as long as he plans by it:
///
/// - A call's readings are here from the step that takes its seats away, until its unit is durable *and* every mark
///   that was taken before then is given back.
/// - A question that is asked after the unit is known to be durable finds them in the store, as what is durable can be
///   read before it is known to be.
///
/// So at any moment, what was ever read of a picture and is not forgotten is in the store's answer, or here, or still
/// aboard a call. What is here and not durable is held by its unit as well; of the rest, marks that are kept for long
/// may hold so much that the oldest is dropped: then whoever took his mark before that asks again.
class recent_readings {
public:
  /// Marks are taken in ascending order.
  using mark = std::uint64_t;

  /// Symbols, some 64 bytes each, that are kept beyond what is on its way to the store.
  static constexpr std::size_t usual_bound = 200'000;
  explicit recent_readings(std::size_t bound = usual_bound) : bound_{bound} {}

  /// The store is about to be asked.
  mark take();
  /// Nobody plans by that answer any more. Does nothing the second time.
  void give_back(mark m);

  /// Adds to an answer, one entry a key, what it lacks; `m` was taken before it was asked for, and was not given back.
  /// False when that may be too little: the store is to be asked again, with another mark.
  bool complete(mark m, std::span<const digest> keys, recognitions& known) const;

  /// These transactions are on their way to the store as that unit.
  void recorded(question unit, std::span<const transaction> transactions);
  /// They are durable.
  void stored(question unit);

  /// How many readings it holds.
  std::size_t size() const { return of_.size(); }

private:
  struct reading {
    std::shared_ptr<const recognition> recognised;
    question unit = 0;
  };
  /// What a unit has made, or is to make, durable.
  struct unit_of_readings {
    question unit = 0;
    /// Durable since then: later marks do not need it.
    mark since = 0;
    std::size_t symbols = 0;
    std::vector<digest> keys;
  };

  void note(const digest& key, const std::shared_ptr<const recognition>& recognised, unit_of_readings& of);
  void drop_oldest();
  void drop_unneeded();

  std::size_t bound_;
  mark last_ = 0;
  std::set<mark> taken_;
  std::unordered_map<digest, reading> of_;
  std::unordered_map<question, unit_of_readings> on_their_way_;
  std::deque<unit_of_readings> durable_;
  /// In `durable_`.
  std::size_t symbols_ = 0;
  /// What was durable by then may have been dropped too early.
  mark dropped_ = 0;
};

} // namespace glyphgate
