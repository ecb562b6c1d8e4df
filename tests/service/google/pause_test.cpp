#include "rig.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

BOOST_AUTO_TEST_SUITE(google_pause)

BOOST_AUTO_TEST_CASE(no_call_of_any_job_is_made_before_the_time_that_google_asked_for_is_over) {
  constexpr int speed = 60;
  google_rig rig{[](config& c) { c.engine.workers = 4; }, speed};
  rig.google.add({.status = 429, .retry_after = "240"});
  const auto before = steady::now();
  std::vector<std::string> locations{rig.post({{"first", coloured_png(red)}}).header("location")};
  BOOST_TEST(eventually([&] { return rig.get("/health").find("\"failures\":1") != std::string::npos; }));
  for (const auto& c : {green, blue, orange}) {
    const auto accepted = rig.post({{"next", coloured_png(c)}});
    BOOST_REQUIRE_EQUAL(accepted.status, 202);
    locations.push_back(accepted.header("location"));
  }
  BOOST_TEST(eventually([&] { return rig.calls() > 1; }));
  BOOST_TEST((steady::now() - before >= 240s / speed));
  for (const auto& location : locations) {
    const auto job = rig.result(location);
    BOOST_TEST(job.find("\"status\":\"completed\"") != std::string::npos, job);
  }
  // Two of the first job; the second one waits in the pool, and the last two fill a call meanwhile.
  BOOST_TEST(rig.calls() == 4U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
