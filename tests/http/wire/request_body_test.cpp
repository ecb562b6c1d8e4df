#include "http/wire/request_body.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

using namespace glyphgate::http;

namespace {

bool has_zeros_behind(const request_body& body) {
  if (body.empty())
    return true; // it may have no memory
  const std::string_view behind{body.view().data() + body.size(), request_body::padding};
  return behind == std::string(request_body::padding, '\0');
}

} // namespace

BOOST_AUTO_TEST_SUITE(request_bodies)

BOOST_AUTO_TEST_CASE(what_is_reserved_counts_before_a_byte_is_there) {
  const auto budget = std::make_shared<memory_budget>(10);
  request_body first{budget};
  BOOST_TEST(first.reserve(6));
  BOOST_TEST(budget->used() == 6U);
  BOOST_TEST(first.reserve(4)); // it has them already
  BOOST_TEST(budget->used() == 6U);
  request_body second{budget};
  BOOST_TEST(!second.reserve(5));
  BOOST_TEST(!second.append("abcde"));
  BOOST_TEST(budget->used() == 6U);
  BOOST_TEST(second.reserve(4));
  BOOST_TEST(second.append("abcd"));
  BOOST_TEST(!second.append("e"));
  BOOST_TEST(second.view() == "abcd");
  BOOST_TEST(budget->used() == 10U);
  first = {};
  BOOST_TEST(budget->used() == 4U);
  second = {};
  BOOST_TEST(budget->used() == 0U);
}

BOOST_AUTO_TEST_CASE(a_body_that_grows_counts_all_that_it_takes_and_gives_the_rest_back) {
  const auto budget = std::make_shared<memory_budget>(std::uint64_t{8} << 20U);
  BOOST_TEST(rc::check("any pieces", [&] {
    std::string whole;
    request_body body{budget};
    const auto pieces = *rc::gen::inRange(0, 40);
    for (int i = 0; i < pieces; ++i) {
      const std::string piece(*rc::gen::inRange<std::size_t>(0, 9000), *rc::gen::arbitrary<char>());
      RC_ASSERT(body.append(piece));
      whole += piece;
      RC_ASSERT(body.view() == whole);
      RC_ASSERT(has_zeros_behind(body));
      RC_ASSERT(budget->used() >= whole.size());
      RC_ASSERT(budget->used() <= whole.size() + whole.size() / 8 + 16 * 1024);
    }
    body.fit();
    RC_ASSERT(body.view() == whole);
    RC_ASSERT(has_zeros_behind(body));
    RC_ASSERT(budget->used() == whole.size());
  }));
  BOOST_TEST(budget->used() == 0U);
}

BOOST_AUTO_TEST_CASE(near_the_end_of_the_budget_it_takes_no_more_than_it_needs) {
  const auto budget = std::make_shared<memory_budget>(100);
  request_body body{budget};
  BOOST_TEST(body.append(std::string(60, 'x')));
  BOOST_TEST(budget->used() == 60U);
  BOOST_TEST(body.append(std::string(40, 'x')));
  BOOST_TEST(!body.append("x"));
  BOOST_TEST(body.size() == 100U);
}

BOOST_AUTO_TEST_CASE(moving_it_moves_no_byte) {
  const auto budget = std::make_shared<memory_budget>(10);
  request_body from{budget};
  BOOST_TEST(from.append("hello"));
  const auto* const bytes = from.view().data();
  const auto kept = std::make_shared<request_body>(std::move(from));
  BOOST_TEST((kept->view().data() == bytes));
  BOOST_TEST(kept->view() == "hello");
  from = {};
  BOOST_TEST(budget->used() != 0U);
}

// Sanitizers end the process at such a request for memory, unless they are told otherwise.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
BOOST_AUTO_TEST_CASE(memory_that_the_system_does_not_have_is_refused_and_given_back) {
  const auto budget = std::make_shared<memory_budget>(UINT64_MAX);
  request_body body{budget};
  BOOST_TEST(body.reserve(SIZE_MAX / 2));
  BOOST_TEST(!body.append("x"));
  BOOST_TEST(body.empty());
  BOOST_TEST(budget->used() == SIZE_MAX / 2); // what was reserved before
  body = {};
  BOOST_TEST(budget->used() == 0U);
}
#endif

BOOST_AUTO_TEST_SUITE_END()
