#pragma once

#include "support/memory_store.hpp"

#include <array>
#include <cstdint>
#include <random>
#include <vector>

namespace glyphgate::store {

/// Four numbers that choose a transaction, whatever the store holds by then: so a sequence of them can be shortened and
/// still makes sense.
using choice = std::array<std::uint32_t, 4>;

choice random_choice(std::mt19937_64& random);

/// Makes transactions, most of them valid and some of them stale, that suit what a store holds.
class workload {
public:
  /// The transaction that `c` chooses where the store holds what `model` does. Moves the time on.
  transaction make(const choice& c, const memory_store& model);

  /// The transactions of one commit.
  std::vector<transaction> make_batch(const std::vector<choice>& choices, const memory_store& model);

  timestamp now() const { return now_; }
  void pass(duration d) { now_ += d; }

private:
  accept_job make_accept_job(const choice& c, const memory_store& model);
  board_job make_board_job(const choice& c, const memory_store& model);
  static sift_job make_sift_job(const choice& c, const memory_store& model, timestamp now);
  transaction make_of_job(const choice& c, const memory_store& model);
  transaction make_of_call(const choice& c, const memory_store& model);
  settle_spend make_settle(const choice& c, reservation_id reservation, const memory_store& model) const;
  split_call make_split(const choice& c, call_id call, attempt_token attempt, const memory_store& model);
  /// The pictures of the job join calls that are open, in seats that are there or new ones, or open calls.
  std::vector<boarding> place(const picture_indices& pictures, const job_spec& spec, const choice& c,
                              const memory_store& model);

  timestamp now_{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};
  std::uint32_t jobs_ = 0;
  reservation_id next_ = 1;
};

} // namespace glyphgate::store
