#include "durability/crash_rig.hpp"

#include <boost/test/unit_test.hpp>

namespace glyphgate {

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

BOOST_AUTO_TEST_SUITE(poison)

BOOST_AUTO_TEST_CASE(a_picture_that_kills_the_process_is_found_and_nobody_else_fails) {
  crash_rig rig{{{"MAX_FRAMES_PER_JOB", "1"}, {"MAX_CONCURRENT_JOBS", "3"}, {"MAX_INTERRUPTIONS", "3"}}};
  const std::vector<std::string> texts{rig.upcoming(0), rig.upcoming(1), rig.upcoming(2)};
  const service_process::variables poisonous{{"ENGINE_ABORTS_AT", texts[1]}};
  for (const auto& text : texts)
    rig.hold(text);
  {
    const auto service = rig.start(poisonous);
    http_connection connection{service->port()};
    for (std::size_t i = 0; i < texts.size(); ++i)
      BOOST_REQUIRE(rig.post(connection, 1));
    BOOST_REQUIRE(eventually([&] { return rig.calls_made() == 3; }));
    // Behind the three, so that others wait when the process dies.
    BOOST_REQUIRE(rig.post(connection, 1));
    rig.let_go(texts[1]);
    BOOST_TEST(service->wait() == 128 + SIGABRT);
  }
  rig.let_go(texts[0]);
  rig.let_go(texts[2]);
  const auto jobs = rig.promised();
  const auto& culprit = jobs[1];

  // Starts it again, as a supervisor does, until it stays.
  int crashes = 1;
  auto service = rig.start(poisonous);
  std::string told;
  const auto is_over = [&] {
    try {
      told = http_call(service->port(), "GET", culprit.location).body;
      return contains(told, "\"status\":\"failed\"");
    } catch (const std::exception&) { // it died
      return false;
    }
  };
  while (!eventually([&] { return service->ended() || is_over(); }) || service->ended()) {
    BOOST_REQUIRE(service->ended());
    BOOST_REQUIRE(service->wait() == 128 + SIGABRT);
    BOOST_REQUIRE(++crashes < 10);
    service = rig.start(poisonous);
  }
  // Once among others, then three times by itself.
  BOOST_TEST(crashes == 4);
  BOOST_TEST(contains(told, "gave up after 3 interruptions"), told);

  http_connection connection{service->port()};
  for (const auto& job : {jobs[0], jobs[2], jobs[3]}) {
    const auto complaint = rig.complaint(connection, job, true);
    BOOST_TEST(complaint.empty(), complaint);
  }
  // The picture would kill it again: the identical job gets the same.
  const auto identical = crash_rig::post_again(connection, culprit);
  BOOST_TEST(identical.status == 200);
  BOOST_TEST(identical.header("location") == culprit.location);
  BOOST_TEST(rig.post(connection, 1));
  const auto complaint = rig.complaint(connection, rig.promised().back(), true);
  BOOST_TEST(complaint.empty(), complaint);
  BOOST_TEST(!service->ended());
  // Three at once, three more of the culprit's, one more of each interrupted one, and the two that came later.
  BOOST_TEST(rig.calls_made() == 10);
  auto ledger = rig.ledger();
  BOOST_TEST(ledger["unknown"] == 6);
  BOOST_TEST(ledger["settled"] == 4);
  BOOST_TEST(ledger["reserved"] + ledger["begun"] == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
