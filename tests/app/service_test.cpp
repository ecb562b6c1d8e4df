#include "app/service.hpp"
#include "core/log.hpp"
#include "store/memory/memory_store.hpp"
#include "support/http_client.hpp"
#include "support/scripted_engine.hpp"
#include "support/service_process.hpp"
#include "support/test_png.hpp"

#include <boost/test/unit_test.hpp>

#include <future>
#include <stdexcept>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

config any_port() {
  config settings;
  settings.http.port = 0;
  settings.shutdown_grace = 0s;
  log::configure({log_level::error, log_format::text});
  return settings;
}

clock_fn system_clock() {
  return [] { return std::chrono::floor<duration>(std::chrono::system_clock::now()); };
}

std::shared_ptr<const vision::engine_provider> engines(scripted_engines::script script) {
  return std::make_shared<const scripted_engines>(std::move(script));
}

http_answer post(std::uint16_t port) {
  return http_call(port, "POST", "/ocr/jobs", "Content-Type: image/png\r\n", test_png(1));
}

BOOST_AUTO_TEST_SUITE(service_parts)

/// A store with a defect: its failure is none that the writer knows.
class defective_store : public store::memory_store {
public:
  std::vector<store::verdict> commit(std::span<const store::transaction>) override {
    throw std::logic_error{"a defect"};
  }
};

BOOST_AUTO_TEST_CASE(the_death_of_an_actor_that_holds_state_is_told_and_the_service_still_stops) {
  std::promise<std::string> lost;
  service running{any_port(),
                  "test",
                  engines([](const auto& call, const auto&, const auto&) { return read_contents(call); }),
                  std::make_shared<defective_store>(),
                  system_clock(),
                  [&](std::string_view actor) { lost.set_value(std::string{actor}); }};
  // Nobody is left to answer this post before its time is over.
  http_connection client{running.port()};
  client.send(http_request("POST", "/ocr/jobs", "Content-Type: image/png\r\n", test_png(1)));
  auto told = lost.get_future();
  BOOST_REQUIRE((told.wait_for(20s) == std::future_status::ready));
  BOOST_TEST(told.get() == "store_writer");
  const auto begin = std::chrono::steady_clock::now();
  running.stop();
  BOOST_TEST((std::chrono::steady_clock::now() - begin < 20s));
}

BOOST_AUTO_TEST_CASE(a_service_that_cannot_listen_ends_its_actors_even_before_they_have_begun) {
  const auto read = engines([](const auto& call, const auto&, const auto&) { return read_contents(call); });
  const auto started = [&](const config& settings) {
    return std::make_unique<service>(settings, "test", read, std::make_shared<store::memory_store>(), system_clock(),
                                     [](std::string_view actor) { BOOST_ERROR("lost " << actor); });
  };
  const auto first = started(any_port());
  auto taken = any_port();
  taken.http.port = first->port();
  for (int i = 0; i < 50; ++i)
    BOOST_CHECK_THROW(started(taken), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_worker_that_dies_is_replaced_and_its_call_made_again) {
  std::atomic<int> calls = 0;
  service running{any_port(),
                  "test",
                  engines([&](const auto& call, const auto&, const auto&) -> call_outcome {
                    if (++calls == 1)
                      throw std::logic_error{"a defect of the engine"};
                    return read_contents(call);
                  }),
                  std::make_shared<store::memory_store>(),
                  system_clock(),
                  [](std::string_view actor) { BOOST_ERROR("lost " << actor); }};
  const auto job = post(running.port());
  BOOST_REQUIRE_EQUAL(job.status, 202);
  const auto done = http_call(running.port(), "GET", job.header("location") + "?wait=20");
  BOOST_TEST(done.body.find("\"status\":\"completed\"") != std::string::npos, done.body);
  BOOST_TEST(done.body.find("\"api_calls\":2") != std::string::npos);
  BOOST_TEST(calls == 2);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
