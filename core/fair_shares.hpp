#pragma once

#include "core/ids.hpp"
#include "core/price.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

/// Who pays for a call that several jobs share.
namespace glyphgate {

/// Calls, in millionths.
using micro_calls = std::uint64_t;

/// One whole call.
constexpr micro_calls whole_call = 1'000'000;

/// A part of what calls cost.
struct cost {
  micro_calls calls = 0;
  micro_dollars price = 0;

  cost& operator+=(const cost& more) {
    calls += more.calls;
    price += more.price;
    return *this;
  }
  friend bool operator==(const cost&, const cost&) = default;
};

/// What one job pays of an attempt.
struct job_share {
  job_id job;
  cost pays;
  /// Whose job it is.
  owner_name owner{};
  friend bool operator==(const job_share&, const job_share&) = default;
};

/// What one owner pays of an attempt.
struct owner_share {
  owner_name owner;
  cost pays;
  friend bool operator==(const owner_share&, const owner_share&) = default;
};

/// What each owner's jobs pay together, in the order in which the owners first appear.
std::vector<owner_share> by_owner(std::span<const job_share> shares);

using shares_ptr = std::shared_ptr<const std::vector<job_share>>;

/// Nobody pays.
shares_ptr no_shares();

/// Splits `whole` in proportion to the weights, in whole units whose sum is `whole`, by the method of the largest
/// remainder (Hamilton's): each gets its exact part rounded down, and the units that are left go to the largest
/// fractions, of equal ones to the first. At least one weight; where all are 0 they count as equal.
/// `whole` × the largest weight fits 64 bits.
std::vector<std::uint64_t> split_by_weight(std::uint64_t whole, std::span<const std::uint64_t> weights);

/// A seat of a call that is to be paid for.
struct paid_seat {
  /// Pixels of its picture.
  std::uint64_t area = 0;
  /// The jobs that ride in it; one that has it twice is here twice.
  std::vector<job_id> riders;
};

/// Splits one call and its price among its seats by area, and what a seat costs among its riders equally: one share a
/// job, in the order in which the jobs first appear. They add up to one call and to `price`. Empty without a rider.
std::vector<job_share> fair_shares(micro_dollars price, std::span<const paid_seat> seats);

} // namespace glyphgate
