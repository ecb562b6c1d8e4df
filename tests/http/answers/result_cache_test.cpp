#include "http/answers/result_cache.hpp"
#include "support/literal_time.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <string>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<const rendered_job> rendered(std::size_t size) {
  return std::make_shared<const rendered_job>(render_job(std::string(size, 'x')));
}

} // namespace

BOOST_AUTO_TEST_SUITE(result_caching)

BOOST_AUTO_TEST_CASE(a_job_is_kept_until_it_expires) {
  result_cache cache{1U << 20U};
  const auto job = rendered(100);
  cache.insert("a", at(10s), job);
  BOOST_TEST((cache.find("a", at(9s)) == job));
  BOOST_TEST((cache.find("b", at(9s)) == nullptr));
  BOOST_TEST((cache.find("a", at(10s)) == nullptr));
  BOOST_TEST(cache.bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(the_job_not_asked_for_the_longest_makes_room) {
  result_cache cache{35'000};
  for (const auto* id : {"a", "b", "c"})
    cache.insert(id, at(10s), rendered(10'000));
  BOOST_TEST((cache.find("a", at(1s)) != nullptr));
  cache.insert("d", at(10s), rendered(10'000));
  BOOST_TEST(cache.bytes() <= 35'000U);
  BOOST_TEST((cache.find("b", at(1s)) == nullptr));
  for (const auto* id : {"a", "c", "d"})
    BOOST_TEST((cache.find(id, at(1s)) != nullptr), id);
}

BOOST_AUTO_TEST_CASE(what_is_larger_than_the_cache_displaces_nothing) {
  result_cache cache{20'000};
  cache.insert("a", at(10s), rendered(10'000));
  cache.insert("b", at(10s), rendered(20'000));
  BOOST_TEST((cache.find("a", at(1s)) != nullptr));
  BOOST_TEST((cache.find("b", at(1s)) == nullptr));

  result_cache none{0};
  none.insert("a", at(10s), rendered(1));
  BOOST_TEST((none.find("a", at(1s)) == nullptr));
}

BOOST_AUTO_TEST_CASE(a_deleted_job_does_not_come_back) {
  result_cache cache{1U << 20U};
  cache.insert("a", at(10s), rendered(10));
  cache.drop("a");
  BOOST_TEST((cache.find("a", at(1s)) == nullptr));
  cache.insert("a", at(10s), rendered(10));
  BOOST_TEST((cache.find("a", at(1s)) == nullptr));
}

BOOST_AUTO_TEST_CASE(the_etag_is_strong_and_tells_bodies_apart) {
  const auto a = render_job("{}");
  const auto b = render_job("{ }");
  BOOST_TEST(a.etag.size() == 34U);
  BOOST_TEST(a.etag.front() == '"');
  BOOST_TEST(a.etag != b.etag);
  BOOST_TEST(a.etag == render_job("{}").etag);
  BOOST_TEST(a.headers.find("ETag: " + a.etag + "\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
