// Starts with another engine.
#include "recording_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <string>

namespace glyphgate {

namespace {

const service_process::variables dear{{"ENGINE_NAME", "dear"}, {"ENGINE_PRICE", "1500"}};
const service_process::variables cheap{{"ENGINE_NAME", "cheap"}, {"ENGINE_PRICE", "0"}};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct fixture : recording_fixture {
  /// A service with that engine.
  service_process start(const service_process::variables& engine, service_process::variables more = {}) {
    more.insert(engine.begin(), engine.end());
    return {RECORDING_SERVICE_BINARY, log_path(), settings(more)};
  }

  static void kill(service_process& service) {
    service.signal(SIGKILL);
    service.wait();
  }

  /// Posts a picture, and kills the service with the dear engine while its call waits behind another one.
  std::string leave_a_job() {
    auto service = start(dear, {{"ENGINE_MS", "60000"}, {"MAX_CONCURRENT_JOBS", "1"}});
    post(service.port(), 1);
    BOOST_TEST(eventually([&] { return calls_made() == 1; }));
    const auto location = post(service.port(), 2).header("location");
    kill(service);
    return location;
  }

  static std::string wait_for(service_process& service, const std::string& location) {
    return ended_job(service.port(), location).body;
  }
};

BOOST_FIXTURE_TEST_SUITE(engine_change, fixture)

BOOST_AUTO_TEST_CASE(a_job_waits_for_the_engine_that_it_was_accepted_for) {
  const auto location = leave_a_job();
  {
    auto other = start(cheap);
    const auto own = post(other.port(), 3).header("location");
    BOOST_TEST(contains(wait_for(other, own), "\"completed\""));
    BOOST_TEST(contains(http_call(other.port(), "GET", location).body, "\"pending\""));
    BOOST_TEST(contains(other.log(), "job_waits_for_engine"));
    // The same picture is another job for this one.
    BOOST_TEST(post(other.port(), 2).status == 202);
    kill(other);
  }
  auto again = start(dear);
  BOOST_TEST(contains(wait_for(again, location), "\"completed\""));
  BOOST_TEST(post(again.port(), 2).status == 200);
}

BOOST_AUTO_TEST_CASE(without_a_wait_the_engine_that_is_there_reads_it_as_its_own) {
  const auto location = leave_a_job();
  {
    auto other = start(cheap, {{"ENGINE_WAIT_SECONDS", "0"}});
    BOOST_TEST(contains(wait_for(other, location), "\"completed\""));
    BOOST_TEST(contains(other.log(), "job_adopted"));
    BOOST_TEST(post(other.port(), 2).status == 200);
    kill(other);
  }
  // The dear one has not read it.
  auto again = start(dear);
  const auto own = post(again.port(), 2);
  BOOST_TEST(own.status == 202);
  BOOST_TEST(contains(wait_for(again, own.header("location")), "\"images_from_cache\":0"));
}

BOOST_AUTO_TEST_CASE(a_job_that_was_taken_over_and_not_read_goes_back_to_its_engine_at_once) {
  const auto location = leave_a_job();
  {
    auto other = start(cheap, {{"ENGINE_WAIT_SECONDS", "0"}, {"ENGINE_MS", "60000"}});
    const auto port = other.port();
    // The port is open before the registry has begun.
    BOOST_TEST(eventually([&] { return contains(other.log(), "job_adopted"); }));
    // What is accepted now is durable behind that.
    BOOST_TEST(post(port, 3).status == 202);
    kill(other);
  }
  {
    // This one has it, and does not wait for the other again.
    auto other = start(cheap, {{"ENGINE_MS", "60000"}});
    other.port();
    BOOST_TEST(!contains(other.log(), "job_waits_for_engine"));
    kill(other);
  }
  auto again = start(dear);
  BOOST_TEST(contains(wait_for(again, location), "\"completed\""));
  BOOST_TEST(post(again.port(), 2).status == 200);
}

BOOST_AUTO_TEST_CASE(what_was_spent_stays_after_a_change_of_the_price_and_of_the_engine) {
  const auto cost = [](service_process& service) {
    const auto body = http_call(service.port(), "GET", "/usage").body;
    return body.substr(body.find("\"cost\""));
  };
  {
    auto service = start(dear);
    const auto first = post(service.port(), 1).header("location");
    BOOST_TEST(contains(wait_for(service, first), "\"completed\""));
    BOOST_TEST(contains(cost(service), "\"api_calls\":1,"));
    BOOST_TEST(contains(cost(service), "\"estimated_usd\":0.0015,"));
    kill(service);
  }
  auto other = start(cheap);
  BOOST_TEST(contains(cost(other), "\"estimated_usd\":0.0015,"));
  BOOST_TEST(contains(wait_for(other, post(other.port(), 2).header("location")), "\"completed\""));
  BOOST_TEST(contains(cost(other), "\"api_calls\":2,"));
  BOOST_TEST(contains(cost(other), "\"estimated_usd\":0.0015,"));
  kill(other);
  auto dearer = start({{"ENGINE_NAME", "dear"}, {"ENGINE_PRICE", "3000"}});
  BOOST_TEST(contains(wait_for(dearer, post(dearer.port(), 3).header("location")), "\"completed\""));
  BOOST_TEST(contains(cost(dearer), "\"estimated_usd\":0.0045,"));
}

BOOST_AUTO_TEST_CASE(a_pause_that_the_engine_asked_for_outlives_the_process) {
  const auto begin = std::chrono::steady_clock::now();
  std::string location;
  {
    auto service = start(dear, {{"ENGINE_FAILS_UNSENT_AT", "1"}, {"ENGINE_PAUSE_MS", "4000"}});
    location = post(service.port(), 1).header("location");
    BOOST_TEST(eventually([&] { return contains(service.log(), "call_failed"); }));
    // Accepted after the note of the pause, so that this is durable too.
    post(service.port(), 2);
    kill(service);
  }
  auto again = start(dear);
  BOOST_TEST(contains(wait_for(again, location), "\"completed\""));
  BOOST_TEST((std::chrono::steady_clock::now() - begin > std::chrono::milliseconds{4000}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
