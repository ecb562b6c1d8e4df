#include "vision/documents/page_selection.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace glyphgate::vision;

namespace {

page_selection read(std::string_view text) {
  auto got = read_page_selection(text);
  BOOST_TEST_REQUIRE(std::holds_alternative<page_selection>(got), std::string{text});
  return std::get<page_selection>(std::move(got));
}

std::string why(std::string_view text) {
  const auto got = read_page_selection(text);
  BOOST_TEST_REQUIRE(std::holds_alternative<std::string>(got), std::string{text});
  return std::get<std::string>(got);
}

bool says(std::string_view text, std::string_view part) {
  return why(text).find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(page_selections)

BOOST_AUTO_TEST_CASE(pages_and_runs_of_pages) {
  using runs = std::vector<page_run>;
  BOOST_TEST((read("7").runs() == runs{{7, 7}}));
  BOOST_TEST((read("1-3,7").runs() == runs{{1, 3}, {7, 7}}));
  BOOST_TEST((read("7,1-3").runs() == runs{{1, 3}, {7, 7}}));
  BOOST_TEST((read("4-5,1-3,9").runs() == runs{{1, 5}, {9, 9}}));
  BOOST_TEST((read("4294967295").runs() == runs{{4294967295U, 4294967295U}}));
  BOOST_TEST(read("1-3,7").highest() == 7U);
  BOOST_TEST(page_selection{}.highest() == 0U);
}

BOOST_AUTO_TEST_CASE(what_is_meant_of_a_file) {
  const auto some = read("2-4,9");
  BOOST_TEST(some.count(100) == 4U);
  BOOST_TEST(some.count(3) == 2U);
  BOOST_TEST(some.count(1) == 0U);
  BOOST_TEST((some.has(2) && some.has(4) && some.has(9)));
  BOOST_TEST(!(some.has(1) || some.has(5) || some.has(8) || some.has(10)));
  BOOST_TEST(page_selection{}.count(17) == 17U);
  BOOST_TEST(page_selection{}.has(17));
  BOOST_TEST(read("1-4294967295").count(4294967295U) == 4294967295U);
}

BOOST_AUTO_TEST_CASE(anything_else_is_refused_with_a_reason) {
  BOOST_TEST(says("", "names no page"));
  for (const char* text : {",", "1,", ",1", "1,,2"})
    BOOST_TEST(says(text, "names no page"), text);
  for (const char* text : {"0", "01", "-1", "1-", "-", "+1", "1 ", " 1", "1-2-3", "one", "1;2", "1.5", "0-3", "1-03",
                           "4294967296", "99999999999999999999", "1\t", "\xff"})
    BOOST_TEST(says(text, "neither a page nor a run of pages"), text);
  BOOST_TEST(says("3-1", "ends before it begins"));
  BOOST_TEST(says("1-3,2", "page 2 is named twice"));
  BOOST_TEST(says("7,1,7", "page 7 is named twice"));
  std::string many = "1";
  for (int page = 3; page <= 2003; page += 2)
    many += "," + std::to_string(page);
  BOOST_TEST(says(many, "more than 1000 parts"));
  // Nothing unreadable is shown.
  BOOST_TEST(says("1,\x1b[31m", "a part of 5 bytes"));
}

BOOST_AUTO_TEST_CASE(what_is_written_is_what_is_read) {
  BOOST_TEST(rc::check("runs apart, in any order", [] {
    std::vector<page_run> runs;
    std::uint32_t page = 0;
    const auto count = *rc::gen::inRange(1, 20);
    for (int i = 0; i < count; ++i) {
      const auto first = page + *rc::gen::inRange<std::uint32_t>(1, 10);
      page = first + *rc::gen::inRange<std::uint32_t>(0, 5);
      runs.push_back({first, page});
    }
    std::set<std::uint32_t> meant;
    for (const auto& run : runs)
      for (auto p = run.first; p <= run.last; ++p)
        meant.insert(p);
    auto order = runs;
    for (auto i = order.size(); i > 1; --i)
      std::swap(order[i - 1], order[*rc::gen::inRange<std::size_t>(0, i)]);
    std::string text;
    for (const auto& run : order)
      text += (text.empty() ? "" : ",") + std::to_string(run.first) +
              (run.first == run.last && *rc::gen::arbitrary<bool>() ? "" : "-" + std::to_string(run.last));
    const auto got = read_page_selection(text);
    RC_ASSERT(std::holds_alternative<page_selection>(got));
    const auto& selection = std::get<page_selection>(got);
    RC_ASSERT(selection.count(page) == meant.size());
    RC_ASSERT(selection.highest() == page);
    for (std::uint32_t p = 1; p <= page + 1; ++p)
      RC_ASSERT(selection.has(p) == meant.contains(p));
  }));
}

BOOST_AUTO_TEST_CASE(whatever_comes_is_read_or_refused) {
  BOOST_TEST(rc::check("any text of these characters", [] {
    const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string{"0123456789,,--- x"}));
    const auto got = read_page_selection(text);
    if (const auto* selection = std::get_if<page_selection>(&got)) {
      RC_ASSERT(!selection->is_all());
      RC_ASSERT(std::ranges::is_sorted(selection->runs(), {}, &page_run::first));
      RC_ASSERT(text.find_first_not_of("0123456789,-") == std::string::npos);
    } else {
      RC_ASSERT(!std::get<std::string>(got).empty());
    }
  }));
}

BOOST_AUTO_TEST_SUITE_END()
