#include "google_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <poll.h>
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;
using namespace std::chrono_literals;

namespace {

std::atomic<bool> is_asleep, must_sleep;

void sleep_until_woken(int) {
  const auto error = errno;
  is_asleep = true;
  while (must_sleep)
    ::poll(nullptr, 0, 1);
  is_asleep = false;
  errno = error;
}

/// Reads `call` on a thread of its own, which is put to sleep for `time` as soon as `ready` says so, like a process
/// that is stopped: wherever it is, and without knowing. Nothing when the call had ended before.
std::optional<call_outcome> annotate_asleep(engine& reader, const planned_call& call, std::chrono::milliseconds time,
                                            const std::function<bool()>& ready) {
  struct sigaction action {};
  action.sa_handler = &sleep_until_woken;
  ::sigaction(SIGUSR1, &action, nullptr);
  is_asleep = false;
  must_sleep = true;
  std::atomic<bool> ended = false;
  std::optional<call_outcome> outcome;
  std::thread worker{[&] {
    outcome = reader.annotate(call, {}, {});
    ended = true;
  }};
  while (!ready() && !ended)
    std::this_thread::yield();
  ::pthread_kill(worker.native_handle(), SIGUSR1);
  while (!is_asleep && !ended)
    std::this_thread::yield();
  const bool slept = !ended;
  if (slept)
    std::this_thread::sleep_for(time);
  must_sleep = false;
  worker.join();
  return slept ? outcome : std::nullopt;
}

/// The outcome of a call of two pictures, whose thread sleeps `time` from when its request has come; the answer is
/// given meanwhile.
call_outcome answered_asleep(google_fixture& f, const google_config& settings, const fake::fault& planned,
                             std::chrono::milliseconds time) {
  const auto reader = engine_with(settings);
  // Where the machine is so slow that the call has ended before, again.
  for (int i = 0; i < 20; ++i) {
    f.server.add(planned);
    const auto before = f.calls();
    if (auto outcome = annotate_asleep(*reader, coloured_call(2), time, [&] { return f.calls() > before; }))
      return *outcome;
    f.server.clear_faults();
  }
  BOOST_FAIL("every call ended before its thread could be put to sleep");
  return {};
}

} // namespace

BOOST_AUTO_TEST_SUITE(google_engine_asleep)

BOOST_AUTO_TEST_CASE(an_answer_that_came_during_a_sleep_is_read) {
  google_fixture f;
  for (const bool plain : {false, true}) {
    auto settings = f.settings_with_key();
    if (plain)
      settings.endpoint = "http://" + f.server.authority();
    settings.timeout = 300ms;
    const auto result = annotated(answered_asleep(f, settings, {.delay = 50ms}, 900ms));
    BOOST_REQUIRE(result.pictures.size() == 2U);
    BOOST_TEST(text_of(*result.pictures[0].recognised) == coloured_text(0));
  }
}

BOOST_AUTO_TEST_CASE(an_answer_larger_than_the_socket_is_read_on) {
  google_fixture f;
  auto settings = f.settings_with_key();
  settings.timeout = 2s;
  const std::string body = R"({"responses":[{}]})" + std::string(16 << 20, ' ');
  const auto result = annotated(answered_asleep(f, settings, {.delay = 50ms, .body = body}, 4s));
  BOOST_TEST(result.pictures.at(1).recognised->symbols.empty());
}

BOOST_AUTO_TEST_CASE(without_an_answer_the_time_is_over_soon_after_a_sleep) {
  google_fixture f;
  auto settings = f.settings_with_key();
  settings.timeout = 300ms;
  const auto failure = failed(answered_asleep(f, settings, {.stall = true}, 900ms));
  BOOST_TEST(to_string(failure.code) == "engine_unavailable");
  BOOST_TEST(failure.sent);
  BOOST_TEST(failure.detail == "no answer from Google Vision: timed out after 300 ms");
}

BOOST_AUTO_TEST_CASE(a_connection_that_was_begun_before_a_sleep_is_made_after_it) {
  google_fixture f;
  auto settings = f.settings_with_key();
  settings.connect_timeout = 1s;
  f.server.delay_connections(100ms);
  const auto reader = engine_with(settings);
  std::optional<call_outcome> outcome;
  for (int i = 0; i < 20 && !outcome; ++i) {
    const auto before = f.server.connections();
    outcome = annotate_asleep(*reader, coloured_call(2), 3s, [&] { return f.server.connections() > before; });
  }
  BOOST_REQUIRE(outcome.has_value());
  BOOST_TEST(annotated(*outcome).pictures.size() == 2U);
  // It was sent once.
  BOOST_TEST(f.calls() == 1U);
}

BOOST_AUTO_TEST_CASE(a_connection_that_takes_too_long_fails) {
  google_fixture f;
  auto settings = f.settings_with_key();
  settings.connect_timeout = 100ms;
  f.server.delay_connections(1h);
  const auto failure = failed(engine_with(settings)->annotate(coloured_call(1), {}, {}));
  BOOST_TEST(to_string(failure.code) == "engine_unavailable");
  BOOST_TEST(!failure.sent);
}

BOOST_AUTO_TEST_SUITE_END()
