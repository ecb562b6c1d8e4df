#include "rig.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

// What a job that is posted again gets, after one that was not read whole.

namespace glyphgate {

namespace {

using spend_state = store::memory_store::spend_state;

const named_files four_pictures() {
  return {{"red", coloured_png(red)},
          {"green", coloured_png(green)},
          {"blue", coloured_png(blue)},
          {"orange", coloured_png(orange)}};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

BOOST_AUTO_TEST_SUITE(google_repeated_jobs)

BOOST_AUTO_TEST_CASE(what_failed_for_a_passing_reason_is_tried_again_by_the_next_job_and_only_that_is_paid) {
  google_rig rig{[](config& c) {
                   c.calls.max_frames = 2;
                   c.jobs.max_attempts = 2;
                 },
                 60};
  // The second call, of blue and orange, fails as often as it is tried.
  rig.google.add({.times = 0, .if_colour = blue, .status = 503, .message = "The backend is away."});
  const auto first = rig.post(four_pictures());
  BOOST_REQUIRE_EQUAL(first.status, 202);
  const auto lost = rig.result(first.header("location"));
  BOOST_TEST(contains(lost, "\"text\":\"#f00\""), lost);
  BOOST_TEST(contains(lost, "\"text\":\"#080\""), lost);
  BOOST_TEST(contains(lost, "gave up after 2 attempts: Google Vision answered 503: The backend is away."), lost);
  BOOST_TEST(rig.calls() == 3U);

  rig.google.clear_faults();
  const auto again = rig.post(four_pictures());
  BOOST_REQUIRE_EQUAL(again.status, 202);
  BOOST_TEST(again.header("location") != first.header("location"));
  const auto whole = rig.result(again.header("location"));
  BOOST_TEST(contains(whole, "\"status\":\"completed\""));
  for (const char* text : {"#f00", "#080", "#00f", "#f80"})
    BOOST_TEST(contains(whole, std::string{"\"text\":\""} + text + "\""), whole);
  BOOST_TEST(rig.calls() == 4U);

  // That one is worth repeating; and a result that was shown does not change.
  const auto third = rig.post(four_pictures());
  BOOST_TEST(third.status == 200);
  BOOST_TEST(third.header("location") == again.header("location"));
  BOOST_TEST(rig.result(first.header("location")) == lost);
  BOOST_TEST(rig.calls() == 4U);
  BOOST_TEST(rig.ledger()[spend_state::settled] == 4U);
}

BOOST_AUTO_TEST_CASE(a_job_of_which_nothing_can_be_decoded_fails_once_and_is_told_again) {
  google_rig rig;
  named_files damaged = four_pictures();
  for (auto& [name, file] : damaged)
    file[file.find("IDAT") + 8] ^= 0x55;
  const auto first = rig.post(damaged);
  BOOST_REQUIRE_EQUAL(first.status, 202);
  const auto failed = rig.result(first.header("location"));
  BOOST_TEST(contains(failed, "\"status\":\"failed\""), failed);

  const auto again = rig.post(damaged);
  BOOST_TEST(again.status == 200);
  BOOST_TEST(again.header("location") == first.header("location"));
  BOOST_TEST(contains(again.body, "\"status\":\"failed\""), again.body);
  BOOST_TEST(rig.result(again.header("location")) == failed);
  BOOST_TEST(rig.calls() == 0U);
  auto ledger = rig.ledger();
  BOOST_TEST(ledger[spend_state::settled] + ledger[spend_state::reserved] + ledger[spend_state::begun] == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
