#include "vision/call_planner.hpp"
#include "vision/picture_header.hpp"
#include "vision/stacked_pictures.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::test;
using namespace glyphgate::vision;

namespace {

bool fits(const std::vector<picture>& pictures, const picture_indices& call, const call_limits& limits) {
  stacked_pictures taken;
  for (const auto i : call)
    taken = taken.with(pictures[i]);
  return taken.fit(limits);
}

/// The fewest calls, by trying every way to share them out.
class fewest_calls {
public:
  static std::size_t of(const std::vector<picture>& pictures, const call_limits& limits) {
    fewest_calls search{pictures, limits};
    search.place(0);
    return search.best_;
  }

private:
  fewest_calls(const std::vector<picture>& pictures, const call_limits& limits)
      : pictures_{pictures},
        limits_{limits},
        best_{pictures.size()} {}

  void place(std::size_t next) {
    if (next == pictures_.size()) {
      best_ = std::min(best_, calls_.size());
      return;
    }
    for (std::size_t call = 0; call < calls_.size(); ++call) {
      const auto before = calls_[call];
      calls_[call] = before.with(pictures_[next]);
      if (calls_[call].fit(limits_))
        place(next + 1);
      calls_[call] = before;
    }
    if (calls_.size() + 1 < best_) {
      calls_.push_back(stacked_pictures{}.with(pictures_[next]));
      place(next + 1);
      calls_.pop_back();
    }
  }

  const std::vector<picture>& pictures_;
  const call_limits& limits_;
  std::size_t best_;
  std::vector<stacked_pictures> calls_;
};

/// Each picture is in one call, and the calls are as promised.
bool is_plan_of(const std::vector<picture_indices>& calls, const std::vector<picture>& pictures,
                const call_limits& limits) {
  std::vector<int> seen(pictures.size(), 0);
  for (std::size_t c = 0; c < calls.size(); ++c) {
    if (calls[c].empty() || !std::ranges::is_sorted(calls[c]) || (c > 0 && calls[c - 1].front() > calls[c].front()))
      return false;
    if (calls[c].size() > 1 && !fits(pictures, calls[c], limits))
      return false;
    for (const auto i : calls[c])
      ++seen.at(i);
  }
  return std::ranges::all_of(seen, [](int times) { return times == 1; });
}

picture_indices from_to(std::uint32_t first, std::uint32_t end) {
  picture_indices positions(end - first);
  std::iota(positions.begin(), positions.end(), first);
  return positions;
}

std::vector<picture> some_pictures(std::size_t most) {
  const auto count = *rc::gen::inRange(std::size_t{0}, most + 1);
  std::vector<picture> pictures;
  for (std::size_t i = 0; i < count; ++i)
    pictures.push_back(sized(*rc::gen::inRange(1U, 1500U), *rc::gen::inRange(1U, 400U)));
  return pictures;
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

BOOST_AUTO_TEST_CASE(equal_pictures_share_calls_with_their_neighbours) {
  const std::vector<picture> many(2000, sized(666, 64));
  const std::vector<picture_indices> wanted{from_to(0, 757), from_to(757, 1514), from_to(1514, 2000)};
  BOOST_TEST((plan_calls(many, {}) == wanted));
  BOOST_TEST(plan_calls({}, {}).empty());
}

BOOST_AUTO_TEST_CASE(a_wide_picture_counts_for_all_in_its_call) {
  call_limits limits;
  limits.pixels = 10'000;
  // 100 wide and 30 + 70 high is just the limit; the wider one would make it 101 × 101.
  const std::vector<picture_indices> wanted{{0, 1}, {2}};
  BOOST_TEST((plan_calls({sized(100, 30), sized(10, 70), sized(101, 1)}, limits) == wanted));
}

BOOST_AUTO_TEST_CASE(pictures_that_are_not_neighbours_share_a_call_where_that_saves_one) {
  call_limits limits;
  limits.height_px = 100;
  // Neighbours only would make three calls; the separator takes two rows.
  const std::vector<picture_indices> high_with_low{{0, 3}, {1, 2}};
  BOOST_TEST((plan_calls({sized(10, 60), sized(10, 58), sized(10, 40), sized(10, 38)}, limits) == high_with_low));

  limits = {};
  limits.pixels = 10'000;
  // The wide ones fill one call, and the narrow ones another.
  const std::vector<picture_indices> wide_with_wide{{0, 2}, {1, 3}};
  BOOST_TEST((plan_calls({sized(100, 50), sized(10, 500), sized(100, 50), sized(10, 500)}, limits) == wide_with_wide));
}

BOOST_AUTO_TEST_CASE(huge_pictures_go_alone) {
  const std::vector<picture> pictures{sized(most, most), sized(most, 1), sized(1, most), sized(1, 1),
                                      sized(most, most)};
  const std::vector<picture_indices> wanted{{0}, {1}, {2}, {3}, {4}};
  BOOST_TEST((plan_calls(pictures, {}) == wanted));
}

BOOST_AUTO_TEST_CASE(pictures_beside_a_huge_one_share_a_call) {
  const std::vector<picture_indices> wanted{{0, 2}, {1}};
  BOOST_TEST((plan_calls({sized(1, 1), sized(most, most), sized(1, 1)}, {}) == wanted));
}

BOOST_AUTO_TEST_CASE(plans_are_within_limits_and_never_need_more_calls_than_neighbours) {
  BOOST_TEST(rc::check("plans are within the limits, and never need more calls than neighbours", [] {
    const auto limits = some_limits();
    const auto pictures = some_pictures(60);
    const auto calls = plan_calls(pictures, limits);
    RC_ASSERT(is_plan_of(calls, pictures, limits));
    RC_ASSERT(calls.size() <= calls_of_neighbours(pictures, limits));
  }));
}

/// Each low picture is too wide to be beside a high one, which only a look at that call tells.
BOOST_AUTO_TEST_CASE(a_job_of_misleading_sizes_is_planned_soon) {
  std::vector<picture> pictures;
  for (int i = 0; i < 5000; ++i)
    pictures.insert(pictures.end(), {sized(1, 40'000), sized(60'000, 1)});
  const auto calls = plan_calls(pictures, {});
  BOOST_TEST(is_plan_of(calls, pictures, {}));
  BOOST_TEST(calls.size() == 5008U);
}

BOOST_AUTO_TEST_CASE(plans_keep_their_bound) {
  BOOST_TEST(rc::check("plans keep their bound", [] {
    const auto limits = some_limits();
    const auto pictures = some_pictures(7);
    RC_PRE(!pictures.empty());
    RC_ASSERT(plan_calls(pictures, limits).size() <= 8 * fewest_calls::of(pictures, limits) - 7);
  }));
}

BOOST_AUTO_TEST_CASE(plans_of_one_width_keep_the_bound_of_first_fit_decreasing) {
  BOOST_TEST(rc::check("plans of one width keep the bound of first fit decreasing", [] {
    call_limits limits;
    if (*rc::gen::arbitrary<bool>())
      limits.height_px = 100;
    else
      limits.pixels = 100'000;
    const auto heights = *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::inRange(1U, 80U));
    std::vector<picture> pictures;
    for (const auto height : heights)
      if (pictures.size() < 9)
        pictures.push_back(sized(1000, height));
    RC_ASSERT(9 * plan_calls(pictures, limits).size() <= 11 * fewest_calls::of(pictures, limits) + 6);
  }));
}

/// The same on every machine.
BOOST_AUTO_TEST_CASE(plans_of_few_pictures_are_hardly_ever_one_call_above_the_fewest) {
  std::mt19937_64 random{1};
  const auto between = [&](std::uint32_t low, std::uint32_t high) {
    return low + static_cast<std::uint32_t>(random() % (high - low + 1));
  };
  constexpr int jobs = 3000;
  int above = 0;
  for (int job = 0; job < jobs; ++job) {
    const call_limits limits{between(2, 8), between(200, 1500), between(100'000, 1'000'000), between(1, 3)};
    std::vector<picture> pictures;
    for (auto left = between(1, 9); left > 0; --left)
      pictures.push_back(sized(between(1, 1500), between(1, 400)));
    const auto calls = plan_calls(pictures, limits).size(), fewest = fewest_calls::of(pictures, limits);
    BOOST_TEST(calls <= fewest + 1);
    above += calls > fewest ? 1 : 0;
  }
  BOOST_TEST(above <= jobs / 100);
  BOOST_TEST_MESSAGE(above << " of " << jobs << " plans are one call above the fewest");
}

BOOST_AUTO_TEST_CASE(plans_of_equal_pictures_agree_with_the_capacity) {
  BOOST_TEST(rc::check("plans of equal pictures agree with the capacity", [] {
    const auto limits = some_limits();
    const auto width = *rc::gen::inRange(1U, 1500U), height = *rc::gen::inRange(1U, 400U);
    const auto count = *rc::gen::inRange(std::size_t{1}, std::size_t{100});
    const auto most_in_a_call = std::max<std::uint64_t>(1, capacity_of(width, height, limits).max_images);
    const auto calls = plan_calls(std::vector<picture>(count, sized(width, height)), limits);
    RC_ASSERT(calls.size() == (count + most_in_a_call - 1) / most_in_a_call);
    for (std::size_t i = 0; i + 1 < calls.size(); ++i)
      RC_ASSERT(calls[i].size() == most_in_a_call);
    RC_ASSERT(calls.back().size() <= most_in_a_call);
  }));
}

BOOST_AUTO_TEST_CASE(pictures_that_can_be_joined_share_calls_by_the_size_of_their_files) {
  const call_limits limits;
  const auto of_kin = [](std::uint64_t kin, std::uint64_t bytes) {
    auto p = sized(1920, 1080);
    p.info.joins = {kin, bytes, 1088};
    return p;
  };
  const auto calls = [&](const std::vector<picture>& pictures) { return plan_calls(pictures, limits).size(); };
  // By estimate 19 fit in 15 MiB; by pixels 24, and 23 with the rows that fill up the last units.
  BOOST_TEST(capacity_of(1920, 1080, limits).max_images == 19U);
  BOOST_TEST(calls(std::vector(23, of_kin(7, 200'000))) == 1U);
  BOOST_TEST(calls(std::vector(24, of_kin(7, 200'000))) == 2U);
  BOOST_TEST(calls(std::vector(15, of_kin(7, 1024 * 1024))) == 1U);
  // Files that are larger than the estimate: they can be composed.
  BOOST_TEST(calls(std::vector(19, of_kin(7, 1024 * 1024))) == 1U);
  BOOST_TEST(calls(std::vector(20, of_kin(7, 1024 * 1024))) == 2U);
  // One that cannot be joined: all of its call are composed.
  auto mixed = std::vector(19, of_kin(7, 200'000));
  mixed.push_back(of_kin(0, 0));
  BOOST_TEST(calls(mixed) == 2U);
}

BOOST_AUTO_TEST_CASE(pictures_of_a_kin_share_a_call_where_that_needs_no_more) {
  const call_limits limits{.max_frames = 4};
  std::vector<picture> pictures(8, sized(100, 16));
  for (std::size_t i = 0; i < pictures.size(); ++i)
    pictures[i].info.joins = {i % 2 == 0 ? 5U : 9U, 1000, 16};
  BOOST_TEST((plan_calls(pictures, limits) == std::vector<picture_indices>{{0, 2, 4, 6}, {1, 3, 5, 7}}));
}

BOOST_AUTO_TEST_CASE(what_can_be_joined_never_needs_more_calls) {
  BOOST_TEST(rc::check("kin", [] {
    const call_limits limits{.max_frames = 9, .height_px = 300, .pixels = 3000, .file_size_mb = 1};
    const auto count = *rc::gen::inRange<std::size_t>(1, 40);
    std::vector<picture> pictures, strangers;
    for (std::size_t i = 0; i < count; ++i) {
      strangers.push_back(sized(*rc::gen::inRange(1U, 4U) * 10, *rc::gen::inRange(1U, 60U)));
      pictures.push_back(strangers.back());
      pictures.back().info.joins = {pictures.back().info.width / 10 - 1, *rc::gen::inRange(100'000U, 400'000U),
                                    (pictures.back().info.height + 15) / 16 * 16};
    }
    const auto calls = plan_calls(pictures, limits);
    RC_ASSERT(calls.size() <= calls_of_neighbours(strangers, limits));
    std::vector<bool> seen(count);
    for (const auto& call : calls) {
      extent taken;
      for (const auto i : call) {
        taken = taken.with(pictures[i].info);
        RC_ASSERT(!seen[i]);
        seen[i] = true;
      }
      RC_ASSERT(vision::fits(taken, limits) || call.size() == 1);
    }
    RC_ASSERT(std::ranges::find(seen, false) == seen.end());
  }));
}

BOOST_AUTO_TEST_CASE(lots_are_of_equal_work) {
  // 1,000 × 250 is a quarter of the least lot.
  const auto strips = [](std::size_t count) { return std::vector<picture>(count, sized(1000, 250)); };
  const std::vector<picture_indices> one{from_to(0, 7)}, two{{0, 2, 4, 6}, {1, 3, 5, 7}},
      three{{0, 3, 6, 9, 12, 15}, {1, 4, 7, 10, 13}, {2, 5, 8, 11, 14}};
  BOOST_TEST((plan_lots(strips(7), {}, 4) == one));
  BOOST_TEST((plan_lots(strips(8), {}, 4) == two));
  BOOST_TEST((plan_lots(strips(16), {}, 3) == three));
  BOOST_TEST(plan_lots(strips(16), {}, 4).size() == 4U);
  BOOST_TEST(plan_lots(strips(16), {}, 1).size() == 1U);
  BOOST_TEST(plan_lots({}, {}, 4).empty());
}

BOOST_AUTO_TEST_CASE(a_large_picture_is_as_much_work_as_many_small_ones) {
  std::vector<picture> pictures(24, sized(1000, 125));
  pictures[5] = sized(1000, 3000);
  const auto calls = plan_lots(pictures, {}, 2);
  BOOST_REQUIRE(calls.size() == 2U);
  BOOST_TEST((calls[1] == picture_indices{5}));
  // There are no more lots than pictures, however large these are.
  BOOST_TEST(plan_lots({sized(3000, 3000), sized(3000, 3000)}, {}, 8).size() == 2U);
}

BOOST_AUTO_TEST_CASE(lots_keep_the_limits_of_a_call) {
  call_limits limits;
  limits.max_frames = 10;
  // As many as the limits need, but of equal work.
  for (const auto& call : plan_lots(std::vector<picture>(31, sized(1000, 250)), limits, 2))
    BOOST_TEST((call.size() == 7U || call.size() == 8U));
  // Equal pixels would be too high.
  limits = {};
  limits.height_px = 3000;
  std::vector<picture> pictures(12, sized(10, 290));
  pictures.push_back(sized(2000, 1000));
  BOOST_TEST((plan_lots(pictures, limits, 2) == plan_calls(pictures, limits)));
}

BOOST_AUTO_TEST_CASE(lots_are_plans_of_no_more_calls_than_needed_and_wanted) {
  BOOST_TEST(rc::check("lots are plans of no more calls than needed and wanted", [] {
    const auto limits = some_limits();
    const auto pictures = some_pictures(60);
    const auto most_lots = *rc::gen::inRange(std::size_t{1}, std::size_t{20});
    const auto calls = plan_lots(pictures, limits, most_lots);
    RC_ASSERT(is_plan_of(calls, pictures, limits));
    RC_ASSERT(calls.size() <= std::max(most_lots, plan_calls(pictures, limits).size()));
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
    RC_ASSERT(plan_calls({one}, limits) == std::vector<picture_indices>{{0}});
  }));
}

BOOST_AUTO_TEST_SUITE_END()
