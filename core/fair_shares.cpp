#include "core/fair_shares.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_map>

namespace glyphgate {

std::vector<owner_share> by_owner(std::span<const job_share> shares) {
  std::vector<owner_share> owners;
  for (const auto& share : shares) {
    const auto known = std::ranges::find(owners, share.owner, &owner_share::owner);
    if (known == owners.end())
      owners.push_back({share.owner, share.pays});
    else
      known->pays += share.pays;
  }
  return owners;
}

shares_ptr no_shares() {
  static const auto none = std::make_shared<const std::vector<job_share>>();
  return none;
}

std::vector<std::uint64_t> split_by_weight(std::uint64_t whole, std::span<const std::uint64_t> weights) {
  const auto total = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
  if (total == 0)
    return split_by_weight(whole, std::vector<std::uint64_t>(weights.size(), 1));
  std::vector<std::uint64_t> parts;
  std::vector<std::uint64_t> remainders;
  std::vector<std::size_t> order(weights.size());
  std::uint64_t given = 0;
  for (const auto weight : weights) {
    parts.push_back(whole * weight / total);
    remainders.push_back(whole * weight % total);
    given += parts.back();
  }
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t i) { return remainders[i]; });
  for (std::size_t i = 0; given < whole; ++i, ++given)
    ++parts[order[i]];
  return parts;
}

std::vector<job_share> fair_shares(micro_dollars price, std::span<const paid_seat> seats) {
  std::vector<const paid_seat*> taken;
  std::vector<std::uint64_t> areas;
  for (const auto& seat : seats) {
    if (seat.riders.empty())
      continue;
    taken.push_back(&seat);
    areas.push_back(seat.area);
  }
  if (taken.empty())
    return {};
  const auto calls = split_by_weight(whole_call, areas);
  const auto prices = split_by_weight(price, areas);
  std::vector<job_share> shares;
  std::unordered_map<job_id, std::size_t> place_of;
  for (std::size_t i = 0; i < taken.size(); ++i) {
    const auto& riders = taken[i]->riders;
    const std::vector<std::uint64_t> equal(riders.size(), 1);
    const auto call_parts = split_by_weight(calls[i], equal);
    const auto price_parts = split_by_weight(prices[i], equal);
    for (std::size_t k = 0; k < riders.size(); ++k) {
      const auto [place, is_new] = place_of.try_emplace(riders[k], shares.size());
      if (is_new)
        shares.push_back({riders[k], {}});
      shares[place->second].pays += cost{call_parts[k], price_parts[k]};
    }
  }
  return shares;
}

} // namespace glyphgate
