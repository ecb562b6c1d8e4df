// Jobs of the whole process that share calls, counted by the engine.
#include "core/digest.hpp"
#include "recording_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <future>
#include <string>
#include <vector>

namespace glyphgate {

namespace {

/// Without the limits on jobs.
const service_process::variables unlimited{{"JOBS_PER_MINUTE_LIMIT", "100000"}, {"JOBS_PER_HOUR_LIMIT", "100000"}};

struct fixture : recording_fixture {
  service_process start(service_process::variables more) {
    more.insert(unlimited.begin(), unlimited.end());
    return {RECORDING_SERVICE_BINARY, log_path(), settings(std::move(more))};
  }
};

/// What follows `name` in the JSON, up to the next comma or brace.
double number_after(const std::string& json, const std::string& name) {
  const auto at = json.find(name);
  BOOST_REQUIRE(at != std::string::npos);
  return std::stod(json.substr(at + name.size()));
}

std::string result_of(std::uint16_t port, const std::string& location) {
  return ended_job(port, location).body;
}

BOOST_FIXTURE_TEST_SUITE(shared_calls, fixture)

BOOST_AUTO_TEST_CASE(jobs_that_come_together_share_one_call_and_its_price) {
  auto service = start({{"PACKING_WINDOW_MS", "3000"}});
  const auto port = service.port();
  constexpr std::uint64_t jobs = 20;
  std::vector<std::future<std::string>> posting;
  for (std::uint64_t i = 0; i < jobs; ++i)
    posting.push_back(std::async(std::launch::async, [port, i] { return post(port, i).header("location"); }));
  double calls = 0;
  double dollars = 0;
  for (std::uint64_t i = 0; i < jobs; ++i) {
    const auto job = result_of(port, posting[i].get());
    // Its own text, not a stranger's.
    BOOST_TEST(job.find("\"text\":\"" + to_hex(sha256(test_png(i))) + "\"") != std::string::npos, job);
    calls += number_after(job, "\"cost\":{\"calls\":");
    dollars += number_after(job, "\"estimated_usd\":");
  }
  BOOST_TEST(calls_made() == 1U);
  BOOST_TEST(std::llround(calls * 1e6) == 1'000'000);
  BOOST_TEST(std::llround(dollars * 1e6) == 1500);
}

BOOST_AUTO_TEST_CASE(a_hundred_identical_posts_at_once_are_one_job_and_one_call) {
  auto service = start({});
  const auto port = service.port();
  std::vector<std::future<std::string>> posting;
  for (int i = 0; i < 100; ++i)
    posting.push_back(std::async(std::launch::async, [port] { return post(port, 7).header("location"); }));
  const auto first = posting[0].get();
  for (std::size_t i = 1; i < posting.size(); ++i)
    BOOST_TEST(posting[i].get() == first);
  BOOST_TEST(result_of(port, first).find("\"completed\"") != std::string::npos);
  BOOST_TEST(calls_made() == 1U);
}

BOOST_AUTO_TEST_CASE(without_packing_each_job_has_a_call_of_its_own) {
  auto service = start({{"PACKING", "off"}});
  const auto first = post(service.port(), 1).header("location");
  const auto second = post(service.port(), 2).header("location");
  for (const auto& location : {first, second})
    BOOST_TEST(number_after(result_of(service.port(), location), "\"cost\":{\"calls\":") == 1.0);
  BOOST_TEST(calls_made() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
