#include "vision/call_planner.hpp"
#include "vision/picture_header.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;

namespace {

picture sized(std::uint32_t width, std::uint32_t height) {
  return {"", nullptr, {picture_format::jpeg, width, height, 1}, {}};
}

/// The limits in the words of the contract, for one call's pictures.
bool fits(const std::vector<picture>& pictures, call_range call, const call_limits& limits) {
  long double heights = 0, own_pixels = 0, widest = 0;
  for (std::size_t i = call.first; i < call.first + call.count; ++i) {
    const auto& info = pictures[i].info;
    heights += info.height;
    own_pixels += static_cast<long double>(info.pixels());
    widest = std::max<long double>(widest, info.width);
  }
  const auto count = static_cast<long double>(call.count);
  const long double mib = own_pixels * 15.41L / 950 / (666 * 64);
  return count <= limits.max_frames && heights + 2 * (count - 1) <= std::min(limits.height_px, 65500U) &&
         widest * heights <= static_cast<long double>(limits.pixels) && mib <= limits.file_size_mb;
}

/// The fewest calls, by trying every split.
std::size_t fewest(const std::vector<picture>& pictures, const call_limits& limits) {
  std::vector<std::size_t> calls(pictures.size() + 1, 0);
  for (std::size_t end = 1; end <= pictures.size(); ++end) {
    calls[end] = calls[end - 1] + 1;
    for (std::size_t first = 0; first + 1 < end; ++first)
      if (fits(pictures, {first, end - first}, limits))
        calls[end] = std::min(calls[end], calls[first] + 1);
  }
  return calls.back();
}

call_limits some_limits() {
  call_limits limits;
  limits.max_frames = *rc::gen::inRange(1U, 30U);
  limits.height_px = *rc::gen::inRange(1U, 3000U);
  limits.pixels = *rc::gen::inRange(std::uint64_t{1}, std::uint64_t{1'000'000});
  limits.file_size_mb = *rc::gen::inRange(1U, 4U);
  return limits;
}

void check_capacity(const capacity& actual, const capacity& wanted) {
  BOOST_TEST(actual.max_images == wanted.max_images);
  BOOST_TEST(actual.by_height == wanted.by_height);
  BOOST_TEST(actual.by_pixels == wanted.by_pixels);
  BOOST_TEST(actual.by_file_size == wanted.by_file_size);
  BOOST_TEST(actual.by_config == wanted.by_config);
  BOOST_TEST(actual.limiting_factor == wanted.limiting_factor);
  BOOST_TEST(std::round(actual.estimated_file_size_mb * 100) / 100 == wanted.estimated_file_size_mb);
}

constexpr auto most = std::numeric_limits<std::uint32_t>::max();

} // namespace

BOOST_AUTO_TEST_SUITE(call_planner)

BOOST_AUTO_TEST_CASE(capacity_is_the_contracts) {
  const call_limits limits;
  check_capacity(capacity_of(666, 64, limits), {757, 757, 1173, 924, 950, "height", 12.28});
  check_capacity(capacity_of(100, 20, limits), {950, 2272, 25000, 19707, 950, "config_limit", 0.72});
  check_capacity(capacity_of(1920, 100, limits), {205, 490, 260, 205, 950, "file_size", 14.98});
  check_capacity(capacity_of(7000, 7000, limits), {0, 7, 1, 0, 950, "file_size", 0});
  call_limits roomy;
  roomy.file_size_mb = 20;
  check_capacity(capacity_of(2000, 500, roomy), {50, 99, 50, 52, 950, "total_pixels", 19.03});
}

BOOST_AUTO_TEST_CASE(the_first_of_equal_limits_is_named) {
  const auto factor = [](std::uint32_t frames, std::uint32_t height, std::uint64_t pixels) {
    call_limits limits;
    limits.max_frames = frames;
    limits.height_px = height;
    limits.pixels = pixels;
    return capacity_of(10, 10, limits).limiting_factor;
  };
  BOOST_TEST(factor(5, 58, 500) == "config_limit");
  BOOST_TEST(factor(6, 58, 500) == "height");
  BOOST_TEST(factor(6, 70, 500) == "total_pixels");
}

BOOST_AUTO_TEST_CASE(sizes_beyond_all_bounds_fit_nowhere) {
  constexpr auto huge = std::numeric_limits<std::uint64_t>::max();
  for (const auto& [width, height] : {std::pair{huge, huge},
                                      {huge, std::uint64_t{1}},
                                      {std::uint64_t{1}, huge},
                                      {std::uint64_t{1}, huge - 1},
                                      {std::uint64_t{1} << 32, std::uint64_t{1} << 32}}) {
    const auto result = capacity_of(width, height, call_limits{});
    BOOST_TEST(result.max_images == 0U);
    BOOST_TEST(result.estimated_file_size_mb == 0);
  }
  BOOST_TEST(capacity_of(1, huge, call_limits{}).by_height == 0U);
  call_limits widest{most, most, std::numeric_limits<std::uint64_t>::max(), most};
  BOOST_TEST(capacity_of(1, 1, widest).by_height == 65502U / 3U);
  BOOST_TEST(capacity_of(1, 1, widest).max_images == 65502U / 3U);
}

BOOST_AUTO_TEST_CASE(neighbours_share_calls) {
  const std::vector<picture> many(2000, sized(666, 64));
  const std::vector<call_range> wanted{{0, 757}, {757, 757}, {1514, 486}};
  BOOST_TEST((plan_calls(many, {}) == wanted));
  BOOST_TEST(plan_calls({}, {}).empty());
}

BOOST_AUTO_TEST_CASE(a_wide_picture_counts_for_all_in_its_call) {
  call_limits limits;
  limits.pixels = 10'000;
  // 100 wide and 30 + 70 high is just the limit; the wider one would make it 101 × 101.
  const std::vector<call_range> wanted{{0, 2}, {2, 1}};
  BOOST_TEST((plan_calls({sized(100, 30), sized(10, 70), sized(101, 1)}, limits) == wanted));
}

BOOST_AUTO_TEST_CASE(huge_pictures_go_alone) {
  const std::vector<picture> pictures{sized(most, most), sized(most, 1), sized(1, most), sized(1, 1),
                                      sized(most, most)};
  const std::vector<call_range> wanted{{0, 1}, {1, 1}, {2, 1}, {3, 1}, {4, 1}};
  BOOST_TEST((plan_calls(pictures, {}) == wanted));
}

BOOST_AUTO_TEST_CASE(plans_are_in_order_within_limits_and_shortest) {
  BOOST_TEST(rc::check("plans are in order, within the limits and shortest", [] {
    const auto limits = some_limits();
    const auto count = *rc::gen::inRange(std::size_t{0}, std::size_t{60});
    std::vector<picture> pictures;
    for (std::size_t i = 0; i < count; ++i)
      pictures.push_back(sized(*rc::gen::inRange(1U, 1500U), *rc::gen::inRange(1U, 400U)));

    const auto calls = plan_calls(pictures, limits);
    std::size_t next = 0;
    for (const auto& call : calls) {
      RC_ASSERT(call.first == next);
      RC_ASSERT(call.count >= 1U);
      RC_ASSERT(call.count == 1U || fits(pictures, call, limits));
      next += call.count;
    }
    RC_ASSERT(next == pictures.size());
    RC_ASSERT(calls.size() == fewest(pictures, limits));
  }));
}

BOOST_AUTO_TEST_CASE(plans_of_equal_pictures_agree_with_the_capacity) {
  BOOST_TEST(rc::check("plans of equal pictures agree with the capacity", [] {
    const auto limits = some_limits();
    const auto width = *rc::gen::inRange(1U, 1500U), height = *rc::gen::inRange(1U, 400U);
    const auto count = *rc::gen::inRange(std::size_t{1}, std::size_t{100});
    const auto most_in_a_call = std::max<std::uint64_t>(1, capacity_of(width, height, limits).max_images);
    const auto calls = plan_calls(std::vector<picture>(count, sized(width, height)), limits);
    for (std::size_t i = 0; i + 1 < calls.size(); ++i)
      RC_ASSERT(calls[i].count == most_in_a_call);
    RC_ASSERT(calls.back().count <= most_in_a_call);
  }));
}

BOOST_AUTO_TEST_CASE(what_passes_the_limits_fits_a_call_by_itself) {
  BOOST_TEST(rc::check("what passes the limits fits a call by itself", [] {
    const auto one = sized(*rc::gen::inRange(1U, 66000U), *rc::gen::inRange(1U, 66000U));
    auto limits = some_limits();
    limits.pixels = *rc::gen::inRange(one.info.pixels(), 2 * one.info.pixels());
    limits.height_px = *rc::gen::inRange(one.info.height, 2 * one.info.height);
    RC_PRE(!check_limits(one.info, 1, limits));
    RC_ASSERT(one.info.height <= std::min(limits.height_px, 65500U));
    RC_ASSERT(one.info.pixels() <= limits.pixels);
    RC_ASSERT(plan_calls({one}, limits) == std::vector<call_range>(1, {0, 1}));
  }));
}

BOOST_AUTO_TEST_SUITE_END()
