#include "rig.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;
using spend_state = store::memory_store::spend_state;

std::string breaker_state(const google_rig& rig) {
  const auto health = rig.get("/health");
  const std::string_view before = R"("circuit_breaker":{"state":")";
  const auto at = health.find(before) + before.size();
  return health.substr(at, health.find('"', at) - at);
}

bool has_ended(const std::string& job) {
  return job.find("\"completed_at\":null") == std::string::npos;
}

BOOST_AUTO_TEST_SUITE(google_outage)

BOOST_AUTO_TEST_CASE(fifty_jobs_outlive_ten_minutes_without_google) {
  constexpr int speed = 200;
  google_rig rig{[](config& c) { c.engine.workers = 5; }, speed};
  // The first calls hang until all jobs are there, then fail.
  rig.google.add({.times = 5, .delay = 700ms, .status = 503});
  std::vector<std::pair<std::string, std::string>> jobs;
  for (std::uint32_t i = 0; i < 50; ++i) {
    auto [file, text] = numbered_jpeg(i * 80);
    const auto accepted = rig.post({{std::to_string(i), std::move(file)}});
    BOOST_REQUIRE_EQUAL(accepted.status, 202);
    jobs.emplace_back(accepted.header("location"), text);
  }
  rig.google.outage_for(600s / speed);
  const auto over = std::chrono::steady_clock::now() + 600s / speed;
  BOOST_TEST(eventually([&] { return breaker_state(rig) == "open"; }));
  const auto refused = rig.post({{"new", coloured_png({1, 2, 3})}});
  BOOST_TEST(refused.status == 503);
  const auto told = std::atoi(refused.header("retry-after").c_str());
  BOOST_TEST((told > 0 && told <= 300));
  BOOST_TEST(eventually([&] { return std::chrono::steady_clock::now() >= over; }));
  const auto during = rig.calls();
  // As many as open the breaker, and a probe after each five minutes.
  BOOST_TEST(during >= 5U);
  BOOST_TEST(during <= 7U);

  for (const auto& [location, text] : jobs) {
    const auto job = rig.result(location);
    BOOST_TEST(job.find("\"text\":\"" + text + "\"") != std::string::npos, job);
  }
  BOOST_TEST(breaker_state(rig) == "closed");
  BOOST_TEST_MESSAGE("calls during the outage: " << during << ", in all: " << rig.calls());
  BOOST_TEST(rig.calls() <= during + 50);
  const auto calls = rig.calls();
  BOOST_TEST(rig.ledger()[spend_state::settled] == calls);
}

BOOST_AUTO_TEST_CASE(while_the_breaker_is_open_only_what_is_known_is_served_and_the_next_job_is_the_probe) {
  google_rig rig{[](config& c) {
    c.breaker.threshold = 1;
    c.breaker.open_time = 2s;
    c.jobs.max_attempts = 1;
  }};
  const named_files known{{"a", coloured_png(red)}};
  BOOST_TEST(has_ended(rig.result(rig.post(known).header("location"))));
  rig.google.add({.status = 503});
  const auto lost = rig.post({{"b", coloured_png(green)}});
  BOOST_TEST(rig.result(lost.header("location")).find("\"status\":\"failed\"") != std::string::npos);
  const auto opened = std::chrono::steady_clock::now();
  BOOST_TEST(breaker_state(rig) == "open");

  const auto refused = rig.post({{"c", coloured_png(blue)}});
  BOOST_TEST(refused.status == 503);
  const auto retry_after = std::chrono::seconds{std::atoi(refused.header("retry-after").c_str())};
  BOOST_TEST((retry_after >= 1s && retry_after <= 2s));
  BOOST_TEST(rig.post(known).status == 200);
  const auto renamed = rig.post({{"another name", coloured_png(red)}});
  BOOST_TEST(renamed.status == 202);
  BOOST_TEST(renamed.body.find("\"status\":\"completed\"") != std::string::npos);
  BOOST_TEST(rig.result(renamed.header("location")).find("#f00") != std::string::npos);
  BOOST_TEST(rig.calls() == 2U);

  http_answer probe;
  BOOST_TEST(eventually([&] { return (probe = rig.post({{"c", coloured_png(blue)}})).status == 202; }));
  const auto waited = std::chrono::steady_clock::now() - opened;
  BOOST_TEST((waited > retry_after - 1s));
  BOOST_TEST((waited < retry_after + 1s));
  BOOST_TEST(rig.result(probe.header("location")).find("#00f") != std::string::npos);
  BOOST_TEST(breaker_state(rig) == "closed");
  BOOST_TEST(rig.calls() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
