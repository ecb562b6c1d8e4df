#include "vision/call_planner.hpp"

#include "vision/picture_header.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <numeric>
#include <optional>
#include <queue>
#include <unordered_map>
#include <utility>

namespace glyphgate::vision {

namespace {

// Measured: a montage of 950 captions of 666 x 64 pixels is a JPEG of 15.41 MiB.
constexpr double montage_mib = 15.41;
constexpr std::uint64_t montage_pixels = 950 * 666 * 64;

std::uint64_t max_height(const call_limits& limits) {
  return std::min(limits.height_px, max_side_px);
}

/// How many pixels are taken to fit in a file of the limit's size.
std::uint64_t max_pixels_by_file_size(const call_limits& limits) {
  // In whole numbers, so that the planner and the capacity cannot differ by rounding: 15.41 = 1541 / 100.
  return limits.file_size_mb * (montage_pixels * 100) / 1541;
}

/// What the pictures of a call leave for one more, at best.
struct room {
  std::uint64_t rows = 0;
  std::uint64_t pixels = 0;

  static room beside(const extent& taken, const call_limits& limits) {
    if (taken.images >= limits.max_frames)
      return {};
    const auto left = [](std::uint64_t limit, std::uint64_t used) { return limit - std::min(limit, used); };
    const auto rows = [&](std::uint64_t height, std::uint64_t seams) {
      const auto most = left(max_height(limits), height + seams);
      return taken.width == 0 ? most : std::min(most, left(limits.pixels / taken.width, height));
    };
    const room composed{rows(taken.height, taken.images * separator_px),
                        left(max_pixels_by_file_size(limits), taken.pixels)};
    // One of their kin may be joined: its file has a size of its own.
    if (taken.images == 0 || taken.kin != 0)
      return most_of(composed, {rows(taken.joined_rows, 0), limits.pixels});
    return composed;
  }

  bool may_take(const picture_info& info) const { return info.height <= rows && info.pixels() <= pixels; }

  friend room most_of(const room& a, const room& b) { return {std::max(a.rows, b.rows), std::max(a.pixels, b.pixels)}; }
};

// A hundred a picture are many. Pictures whose sizes mislead the search, and which somebody must have chosen so, would
// have it look at every call for each.
constexpr std::uint64_t most_looks = 10'000'000;

/// Calls that are being filled, in a row; a tree over them finds the first that takes a picture.
class filling_calls {
public:
  filling_calls(std::size_t calls, const call_limits& limits)
      : limits_{limits},
        leaves_{std::bit_ceil(calls)},
        rooms_(2 * leaves_),
        taken_(calls) {
    for (std::size_t call = 0; call < calls; ++call)
      rooms_[leaves_ + call] = room::beside(extent{}, limits_);
    for (auto node = leaves_ - 1; node > 0; --node)
      update(node);
  }

  /// Adds the picture to the first call that has room for it, and returns that call. None when no call has room, or
  /// when the search took too long.
  std::optional<std::size_t> add(const picture_info& info) {
    const auto call = first_that_takes(info, 1);
    if (call) {
      taken_[*call] = taken_[*call].with(info);
      auto node = leaves_ + *call;
      rooms_[node] = room::beside(taken_[*call], limits_);
      while ((node /= 2) > 0)
        update(node);
    }
    return call;
  }

private:
  void update(std::size_t node) { rooms_[node] = most_of(rooms_[2 * node], rooms_[2 * node + 1]); }

  std::optional<std::size_t> first_that_takes(const picture_info& info, std::size_t node) {
    if (++looks_ > most_looks || !rooms_[node].may_take(info))
      return std::nullopt;
    if (node < leaves_) {
      const auto call = first_that_takes(info, 2 * node);
      return call ? call : first_that_takes(info, 2 * node + 1);
    }
    const auto call = node - leaves_;
    return fits(taken_[call].with(info), limits_) ? std::optional{call} : std::nullopt;
  }

  const call_limits& limits_;
  std::size_t leaves_;
  /// Those of the calls from `leaves_` on; node n has the most of 2n and 2n + 1.
  std::vector<room> rooms_;
  std::vector<extent> taken_;
  std::uint64_t looks_ = 0;
};

using call_plan = std::vector<picture_indices>;

picture_indices positions_of(const std::vector<picture>& pictures) {
  picture_indices positions(pictures.size());
  std::iota(positions.begin(), positions.end(), 0);
  return positions;
}

/// Puts each picture, in that order, into the call of the one before it, or else into a new one.
call_plan plan_next_fit(const std::vector<picture>& pictures, const picture_indices& order, const call_limits& limits) {
  call_plan calls;
  extent taken;
  for (const auto i : order) {
    const auto more = taken.with(pictures[i].info);
    if (calls.empty() || !fits(more, limits)) {
      calls.emplace_back();
      taken = extent{}.with(pictures[i].info);
    } else {
      taken = more;
    }
    calls.back().push_back(i);
  }
  return calls;
}

/// Next fit after sorting by kin, the kin of the first picture first: as many as possible can be joined. None where all
/// are of one.
std::optional<call_plan> plan_by_kin(const std::vector<picture>& pictures, const call_limits& limits) {
  std::unordered_map<std::uint64_t, std::size_t> rank;
  for (const auto& p : pictures)
    rank.emplace(p.info.joins.kin, rank.size());
  if (rank.size() < 2)
    return std::nullopt;
  auto order = positions_of(pictures);
  std::ranges::stable_sort(order, {}, [&](std::uint32_t i) { return rank.at(pictures[i].info.joins.kin); });
  return plan_next_fit(pictures, order, limits);
}

/// Brings a plan into the order that is promised.
void put_in_order(call_plan& calls) {
  for (auto& call : calls)
    std::ranges::sort(call);
  std::ranges::sort(calls, {}, [](const picture_indices& call) { return call.front(); });
}

/// Puts each picture, in that order, into the first of so many calls that takes it. Each of the pictures fits a call.
/// None when the calls do not suffice or the search takes too long.
std::optional<call_plan> plan_first_fit(const std::vector<picture>& pictures, const picture_indices& order,
                                        std::size_t most_calls, const call_limits& limits) {
  filling_calls filling{most_calls, limits};
  call_plan calls;
  for (const auto i : order) {
    const auto call = filling.add(pictures[i].info);
    if (!call)
      return std::nullopt;
    if (*call == calls.size())
      calls.emplace_back();
    calls[*call].push_back(i);
  }
  return calls;
}

} // namespace

bool fits(const extent& load, const call_limits& limits) {
  constexpr std::uint64_t mib = 1024 * 1024;
  // Height first: it bounds the factors of the product.
  const auto keeps = [&](std::uint64_t rows, std::uint64_t seams) {
    return rows + seams <= max_height(limits) && load.width * rows <= limits.pixels;
  };
  const auto can_be_composed = [&] {
    return keeps(load.height, (load.images - 1) * separator_px) && load.pixels <= max_pixels_by_file_size(limits);
  };
  const auto can_be_joined = [&] {
    return load.kin != 0 && keeps(load.joined_rows, 0) && load.joined_bytes <= limits.file_size_mb * mib;
  };
  return load.images <= limits.max_frames && (can_be_composed() || can_be_joined());
}

capacity capacity_of(std::uint64_t width, std::uint64_t height, const call_limits& limits) {
  capacity result;
  const auto highest = max_height(limits);
  result.by_height = height > highest ? 0 : (highest + separator_px) / (height + separator_px);
  result.by_pixels = limits.pixels / width / height;
  result.by_file_size = max_pixels_by_file_size(limits) / width / height;
  result.by_config = limits.max_frames;
  result.max_images = std::min({result.by_config, result.by_height, result.by_pixels, result.by_file_size});
  if (result.max_images == result.by_config)
    result.limiting_factor = "config_limit";
  else if (result.max_images == result.by_height)
    result.limiting_factor = "height";
  else if (result.max_images == result.by_pixels)
    result.limiting_factor = "total_pixels";
  else
    result.limiting_factor = "file_size";
  const auto images = static_cast<double>(result.max_images);
  result.estimated_file_size_mb = images * static_cast<double>(width) * static_cast<double>(height) * montage_mib /
                                  static_cast<double>(montage_pixels);
  return result;
}

std::vector<picture_indices> plan_calls(const std::vector<picture>& pictures, const call_limits& limits) {
  auto order = positions_of(pictures);
  auto best = plan_next_fit(pictures, order, limits);
  const auto alone = std::stable_partition(
      order.begin(), order.end(), [&](std::uint32_t i) { return fits(extent{}.with(pictures[i].info), limits); });
  const picture_indices oversized{alone, order.end()};
  order.erase(alone, order.end());

  const auto sort_by = [&](auto side, auto other_side) {
    std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::uint32_t i) {
      return std::pair{pictures[i].info.*side, pictures[i].info.*other_side};
    });
  };
  const auto is_better = [&](const call_plan& calls) { return calls.size() + oversized.size() < best.size(); };
  const auto take = [&](call_plan calls) {
    best = std::move(calls);
    for (const auto i : oversized)
      best.push_back({i});
  };
  const auto try_first_fit = [&] {
    if (best.size() > oversized.size() + 1)
      if (auto calls = plan_first_fit(pictures, order, best.size() - oversized.size() - 1, limits))
        take(std::move(*calls));
  };
  if (auto by_kin = plan_by_kin(pictures, limits); by_kin && by_kin->size() <= best.size())
    best = std::move(*by_kin);
  sort_by(&picture_info::width, &picture_info::height);
  if (auto calls = plan_next_fit(pictures, order, limits); is_better(calls))
    take(std::move(calls));
  try_first_fit();
  sort_by(&picture_info::height, &picture_info::width);
  try_first_fit();
  put_in_order(best);
  return best;
}

std::vector<picture_indices> plan_lots(const std::vector<picture>& pictures, const call_limits& limits,
                                       std::size_t most_lots) {
  auto packed = plan_calls(pictures, limits);
  std::uint64_t pixels = 0;
  for (const auto& p : pictures)
    pixels += p.info.pixels();
  const auto wanted = std::min<std::uint64_t>({most_lots, pixels / min_lot_pixels, pictures.size()});
  const auto lots = std::max<std::uint64_t>(wanted, packed.size());
  if (lots < 2)
    return packed;

  struct lot {
    extent taken;
    std::size_t number;
    bool operator>(const lot& other) const {
      return std::pair{taken.pixels, number} > std::pair{other.taken.pixels, other.number};
    }
  };
  std::priority_queue<lot, std::vector<lot>, std::greater<>> by_pixels;
  for (std::size_t i = 0; i < lots; ++i)
    by_pixels.push({{}, i});
  auto order = positions_of(pictures);
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::uint32_t i) { return pictures[i].info.pixels(); });
  call_plan spread(lots);
  for (const auto i : order) {
    auto least = by_pixels.top();
    by_pixels.pop();
    least.taken = least.taken.with(pictures[i].info);
    if (least.taken.images > 1 && !fits(least.taken, limits))
      return packed;
    spread[least.number].push_back(i);
    by_pixels.push(least);
  }
  put_in_order(spread);
  return spread;
}

} // namespace glyphgate::vision
