#include "core/fair_shares.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <numeric>
#include <string>
#include <vector>

namespace glyphgate {

namespace {

using numbers = std::vector<std::uint64_t>;

BOOST_AUTO_TEST_SUITE(fair_shares_of_a_call)

BOOST_AUTO_TEST_CASE(whole_units_go_to_the_largest_remainders) {
  // 0.6, 1.2 and 1.2 of 3: one unit is left, for the largest fraction.
  BOOST_TEST(split_by_weight(3, numbers{1, 2, 2}) == (numbers{1, 1, 1}), boost::test_tools::per_element());
  // Equal fractions: the first.
  BOOST_TEST(split_by_weight(10, numbers{1, 1, 1}) == (numbers{4, 3, 3}), boost::test_tools::per_element());
  BOOST_TEST(split_by_weight(1500, numbers{2, 1}) == (numbers{1000, 500}), boost::test_tools::per_element());
  BOOST_TEST(split_by_weight(2, numbers{5, 0, 5}) == (numbers{1, 0, 1}), boost::test_tools::per_element());
  BOOST_TEST(split_by_weight(5, numbers{0, 0}) == (numbers{3, 2}), boost::test_tools::per_element());
  BOOST_TEST(split_by_weight(0, numbers{1, 2}) == (numbers{0, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_seat_pays_by_its_area_and_its_riders_alike) {
  const std::vector<paid_seat> seats{{3000, {"a"}}, {1000, {"b", "c"}}, {0, {}}};
  const auto shares = fair_shares(1500, seats);
  BOOST_REQUIRE_EQUAL(shares.size(), 3u);
  BOOST_TEST((shares[0] == job_share{"a", {750'000, 1125}}));
  BOOST_TEST((shares[1] == job_share{"b", {125'000, 188}}));
  BOOST_TEST((shares[2] == job_share{"c", {125'000, 187}}));
}

BOOST_AUTO_TEST_CASE(a_job_pays_for_all_its_pictures_at_once) {
  const std::vector<paid_seat> seats{{100, {"a"}}, {100, {"b", "a"}}};
  const auto shares = fair_shares(1000, seats);
  BOOST_REQUIRE_EQUAL(shares.size(), 2u);
  BOOST_TEST((shares[0] == job_share{"a", {750'000, 750}}));
  BOOST_TEST((shares[1] == job_share{"b", {250'000, 250}}));
}

BOOST_AUTO_TEST_CASE(nobody_pays_for_an_empty_call) {
  BOOST_TEST(fair_shares(1500, {}).empty());
  BOOST_TEST(no_shares()->empty());
}

BOOST_AUTO_TEST_CASE(shares_add_up_and_nobody_is_a_unit_from_what_is_exact) {
  const bool holds = rc::check("shares of random calls", [] {
    const auto price = *rc::gen::inRange<std::uint64_t>(0, 5'000'000);
    std::vector<paid_seat> seats;
    std::uint64_t area = 0;
    for (std::size_t i = 0, n = *rc::gen::inRange<std::size_t>(1, 50); i < n; ++i) {
      auto& seat = seats.emplace_back();
      seat.area = *rc::gen::inRange<std::uint64_t>(1, 50'000'000);
      area += seat.area;
      for (std::size_t k = 0, riders = *rc::gen::inRange<std::size_t>(1, 4); k < riders; ++k)
        seat.riders.push_back(std::to_string(*rc::gen::inRange(0, 30)));
    }
    cost sum;
    for (const auto& share : fair_shares(price, seats)) {
      sum += share.pays;
      double exact = 0;
      double units = 0;
      for (const auto& seat : seats)
        for (const auto& rider : seat.riders)
          if (rider == share.job) {
            exact += static_cast<double>(seat.area) / static_cast<double>(area) /
                     static_cast<double>(seat.riders.size()) * static_cast<double>(price);
            // One of the seat's, one of the rider's.
            units += 2;
          }
      RC_ASSERT(std::abs(static_cast<double>(share.pays.price) - exact) <= units);
    }
    RC_ASSERT((sum == cost{whole_call, price}));
  });
  BOOST_TEST(holds);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
