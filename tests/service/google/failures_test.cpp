#include "rig.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

// Each way in which a call to Google can fail, through the whole service: docs/google-vision.md has the same table.

namespace glyphgate {

namespace {

using namespace std::chrono_literals;
using fake::breakage;
using fake::fault;
using fake::request_kind;
using spend_state = store::memory_store::spend_state;

/// The service's time runs so much faster that waits of a minute take a second.
constexpr int speed = 60;

/// A number that a row expects: that one, or any from there on.
struct count {
  count(std::size_t exactly) : least{exactly}, most{exactly} {}
  static count at_least(std::size_t n) {
    count c{n};
    c.most = SIZE_MAX;
    return c;
  }
  bool holds(std::size_t n) const { return n >= least && n <= most; }

  std::size_t least;
  std::size_t most;
};

/// What becomes of a job of four pictures: red, green, blue, orange.
struct row {
  const char* name;
  std::vector<fault> faults{};
  std::string status{};
  /// The text of each picture, or "!" and a part of its error.
  std::vector<std::string> pictures{};
  /// Requests for annotations that the fake has seen.
  count calls = 0;
  /// Consecutive failures that the breaker has counted in the end.
  count failures = 0;
  /// A part of what the operator is told in /health; empty for nothing.
  std::string told{};
  /// The job takes at least that long.
  std::chrono::seconds takes{0};
  std::function<void(config&)> change{};
  std::function<void(google_rig&)> before{};
};

const std::vector<std::string> all_read{"#f00", "#080", "#00f", "#f80"};

std::vector<std::string> all_failed(const std::string& why) {
  return {"!" + why, "!" + why, "!" + why, "!" + why};
}

/// The job may wait for two minutes, however often the engine fails.
void two_minutes(config& c) {
  c.jobs.max_age = 2min;
  c.breaker.threshold = 100;
}

constexpr const char* too_big = "Request payload size exceeds the limit: 41943040 bytes.";

std::vector<row> rows() {
  return {
      {.name = "a bad picture among good ones",
       .faults = {{.times = 0, .if_colour = blue, .message = "Bad image data.", .image_code = 3}},
       .status = "completed",
       .pictures = {"#f00", "#080", "!Bad image data.", "#f80"},
       .calls = 5},
      {.name = "every picture is bad",
       .faults = {{.times = 0, .message = "Bad image data.", .image_code = 3}},
       .status = "failed",
       .pictures = all_failed("Bad image data."),
       .calls = 7},
      {.name = "bad pictures, and few calls to find them",
       .faults = {{.times = 0, .if_colour = blue, .message = "Bad image data.", .image_code = 3}},
       .status = "completed",
       .pictures = {"#f00", "#080", "!split no further", "!split no further"},
       .calls = 3,
       .change = [](config& c) { c.jobs.max_split_calls = 2; }},
      {.name = "a bad picture, and the day's calls are out",
       .faults = {{.times = 0, .if_colour = blue, .message = "Bad image data.", .image_code = 3}},
       .status = "failed",
       .pictures = all_failed("a day (DAILY_API_CALLS_LIMIT) leaves no other attempt"),
       .calls = 1,
       .change = [](config& c) { c.limits.calls_per_day = 2; }},
      {.name = "the montage is too large for Google",
       .faults = {{.message = "Image too large.", .image_code = 3}},
       .status = "completed",
       .pictures = all_read,
       .calls = 3},
      {.name = "the request is too large, 400",
       .faults = {{.status = 400, .message = too_big}},
       .status = "completed",
       .pictures = all_read,
       .calls = 3},
      {.name = "the request is too large, 413",
       .faults = {{.status = 413}},
       .status = "completed",
       .pictures = all_read,
       .calls = 3},
      {.name = "another 400",
       .faults = {{.status = 400, .message = "Unsupported language."}},
       .status = "failed",
       .pictures = all_failed("Unsupported language."),
       .calls = 1},
      {.name = "429",
       .faults = {{.status = 429}},
       .status = "completed",
       .pictures = all_read,
       .calls = 2,
       .takes = 30s},
      {.name = "429 that says when",
       .faults = {{.status = 429, .retry_after = "50"}},
       .status = "completed",
       .pictures = all_read,
       .calls = 2,
       .takes = 50s},
      {.name = "503 twice",
       .faults = {{.times = 2, .status = 503}},
       .status = "completed",
       .pictures = all_read,
       .calls = 3,
       .takes = 3s},
      {.name = "503 for ever",
       .faults = {{.times = 0, .status = 503, .message = "The backend is away."}},
       .status = "failed",
       .pictures = all_failed("gave up after 3 attempts: Google Vision answered 503: The backend is away."),
       .calls = 3,
       .failures = 3,
       .told = "The backend is away.",
       .takes = 3s},
      {.name = "503 until the day's calls are out",
       .faults = {{.times = 0, .status = 503}},
       .status = "failed",
       .pictures = all_failed("a day (DAILY_API_CALLS_LIMIT) leaves no other attempt"),
       .calls = 2,
       .failures = 2,
       .told = "503",
       .change = [](config& c) { c.limits.calls_per_day = 2; }},
      {.name = "503 until the breaker opens, which the job outlives",
       .faults = {{.times = 2, .status = 503}},
       .status = "completed",
       .pictures = all_read,
       .calls = 3,
       .takes = 40s,
       .change =
           [](config& c) {
             c.breaker.threshold = 2;
             c.breaker.open_time = 40s;
           }},
      {.name = "an error of the server's within a 200",
       .faults = {{.image_code = 13}},
       .status = "completed",
       .pictures = all_read,
       .calls = 2},
      {.name = "401 once",
       .status = "completed",
       .pictures = all_read,
       .calls = 3,
       .before =
           [](google_rig& rig) {
             rig.result(rig.post({{"first", coloured_png({0x88, 0, 0x88})}}).header("location"));
             rig.google.revoke_tokens();
           }},
      {.name = "401 again with a new token, and then well",
       .faults = {{.times = 3, .status = 401}},
       .status = "completed",
       .pictures = all_read,
       .calls = 4,
       .takes = 7s},
      {.name = "401 for longer than a job may wait",
       .faults = {{.times = 0, .status = 401, .message = "Who is that?"}},
       .status = "failed",
       .pictures = all_failed("the call waited longer than a job may"),
       .calls = count::at_least(2),
       .failures = count::at_least(2),
       .told = "Who is that?",
       .takes = 100s,
       .change = two_minutes},
      {.name = "403, the API is not enabled",
       .faults = {{.times = 0, .status = 403, .message = "Cloud Vision API is off.", .reason = "SERVICE_DISABLED"}},
       .status = "failed",
       .pictures = all_failed("/health"),
       .calls = 1,
       .failures = 1,
       .told = "Google Vision answered 403 (SERVICE_DISABLED): Cloud Vision API is off."},
      {.name = "403, billing is off",
       .faults = {{.times = 0, .status = 403, .message = "No billing.", .reason = "BILLING_DISABLED"}},
       .status = "failed",
       .pictures = all_failed("/health"),
       .calls = 1,
       .failures = 1,
       .told = "No billing."},
      {.name = "a wrong API key for longer than a job may wait",
       .status = "failed",
       .pictures = all_failed("the call waited longer than a job may"),
       .calls = count::at_least(2),
       .failures = count::at_least(2),
       .told = "API key not valid",
       .takes = 100s,
       .change =
           [](config& c) {
             two_minutes(c);
             c.google.credentials_file.clear();
             c.google.api_key = secret{"a-wrong-key"};
           }},
      {.name = "the token server does not know the account, more often than calls may fail, and then does",
       .faults = {{.of = request_kind::token, .times = 2, .status = 400},
                  {.of = request_kind::token, .times = 2, .status = 404}},
       .status = "completed",
       .pictures = all_read,
       .calls = 1,
       .takes = 15s},
      {.name = "the token server does not know the account for longer than a job may wait",
       .faults = {{.of = request_kind::token, .times = 0, .status = 400, .message = "Unknown account."}},
       .status = "failed",
       .pictures = all_failed("the call waited longer than a job may"),
       .calls = 0,
       .failures = count::at_least(2),
       .told = "Unknown account.",
       .takes = 100s,
       .change = two_minutes},
      {.name = "the token server fails, more often than calls may",
       .faults = {{.of = request_kind::token, .times = 4, .status = 503}},
       .status = "completed",
       .pictures = all_read,
       .calls = 1,
       .takes = 15s},
      {.name = "no connection, more often than calls may fail",
       .status = "completed",
       .pictures = all_read,
       .calls = 1,
       .takes = 7s,
       .change = [](config& c) { c.breaker.threshold = 100; },
       .before = [](google_rig& rig) { rig.google.outage_for(std::chrono::milliseconds{8000 / speed}, 0); }},
      {.name = "no answer in time",
       .faults = {{.stall = true}},
       .status = "completed",
       .pictures = all_read,
       .calls = 2,
       .change = [](config& c) { c.google.timeout = 300ms; }},
      {.name = "reset before the answer",
       .faults = {{.breaks = breakage::reset_before_answer}},
       .status = "completed",
       .pictures = all_read,
       .calls = 2},
      {.name = "reset in the answer",
       .faults = {{.breaks = breakage::reset_in_answer}},
       .status = "completed",
       .pictures = all_read,
       .calls = 2},
      {.name = "reset in the request",
       .faults = {{.breaks = breakage::reset_in_request}},
       .status = "completed",
       .pictures = all_read,
       .calls = 2},
      {.name = "an answer cut short",
       .faults = {{.breaks = breakage::cut_answer}},
       .status = "completed",
       .pictures = all_read,
       .calls = 2},
      {.name = "an answer that is none",
       .faults = {{.body = "<html>503</html>"}, {.malformed = true}},
       .status = "completed",
       .pictures = all_read,
       .calls = 3},
      {.name = "a slow answer", .faults = {{.delay = 50ms}}, .status = "completed", .pictures = all_read, .calls = 1},
  };
}

void check_job(const row& expected, const std::string& job) {
  rapidjson::Document json;
  json.Parse(job.c_str());
  BOOST_REQUIRE(!json.HasParseError());
  BOOST_TEST(json["status"].GetString() == expected.status, job);
  BOOST_REQUIRE_MESSAGE(json["result"].IsObject(), job);
  const auto& pictures = json["result"]["results"];
  BOOST_REQUIRE_EQUAL(pictures.Size(), expected.pictures.size());
  for (rapidjson::SizeType i = 0; i < pictures.Size(); ++i) {
    const auto& wanted = expected.pictures[i];
    if (wanted.starts_with('!')) {
      BOOST_REQUIRE_MESSAGE(pictures[i].HasMember("error"), "picture " << i << " has no error");
      const std::string error = pictures[i]["error"].GetString();
      BOOST_TEST(error.find(wanted.substr(1)) != std::string::npos, error);
    } else {
      BOOST_TEST(pictures[i]["text"].GetString() == wanted);
    }
  }
  if (expected.takes > 0s)
    BOOST_TEST(json["processing_time_ms"].GetInt64() >= expected.takes / 1ms);
}

void check_health(const row& expected, const std::string& health) {
  rapidjson::Document json;
  json.Parse(health.c_str());
  const auto& breaker = json["circuit_breaker"];
  BOOST_TEST(breaker["state"].GetString() == "closed");
  BOOST_TEST(expected.failures.holds(breaker["failures"].GetUint()), health);
  if (expected.told.empty()) {
    BOOST_TEST(breaker["last_error"].IsNull(), health);
  } else {
    BOOST_REQUIRE(breaker["last_error"].IsString());
    const std::string told = breaker["last_error"].GetString();
    BOOST_TEST(told.find(expected.told) != std::string::npos, told);
  }
}

BOOST_AUTO_TEST_SUITE(google_failures)

BOOST_AUTO_TEST_CASE(each_failure_ends_as_the_table_says) {
  for (const auto& expected : rows()) {
    BOOST_TEST_CONTEXT(expected.name) {
      google_rig rig{expected.change, speed};
      if (expected.before)
        expected.before(rig);
      for (const auto& f : expected.faults)
        rig.google.add(f);
      const auto accepted = rig.post({{"red", coloured_png(red)},
                                      {"green", coloured_png(green)},
                                      {"blue", coloured_png(blue)},
                                      {"orange", coloured_png(orange)}});
      BOOST_TEST(accepted.status == 202);
      check_job(expected, rig.result(accepted.header("location")));
      check_health(expected, rig.get("/health"));
      const auto calls = rig.calls();
      BOOST_TEST(expected.calls.holds(calls), calls << " calls");
      auto ledger = rig.ledger();
      // Every request that left is paid for, and nothing else is.
      BOOST_TEST(ledger[spend_state::settled] == calls);
      BOOST_TEST(ledger[spend_state::reserved] + ledger[spend_state::begun] + ledger[spend_state::unknown] == 0U);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
