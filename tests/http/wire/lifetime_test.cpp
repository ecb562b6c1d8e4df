#include "../server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace glyphgate::http::test;
using namespace std::chrono_literals;

namespace {

const std::string job_path = "/ocr/jobs/0123456789abcdef0123456789abcdef";
const std::string hinted_job =
    R"({"images":[{"id":"a","data":")" + to_base64(png_header(1, 1)) + R"("}],"language_hints":["en"]})";

/// An engine that lets the test act while a body's hints are checked.
class paused_engine : public fake_engine {
public:
  std::promise<void> entered;
  std::promise<void> go_on;
  std::vector<std::string> refuse_hints(const std::vector<std::string>& hints) const override {
    auto& self = const_cast<paused_engine&>(*this);
    self.entered.set_value();
    self.go_on.get_future().wait();
    return fake_engine::refuse_hints(hints);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(lifetimes, server_fixture)

BOOST_AUTO_TEST_CASE(the_engine_s_provider_lives_as_long_as_bodies_are_decoded) {
  auto paused = std::make_shared<paused_engine>();
  auto entered = paused->entered.get_future();
  auto& go_on = paused->go_on;
  const std::weak_ptr<paused_engine> watched = paused;
  engine = std::move(paused);
  start();
  auto client = connect();
  client.send(http_request("POST", "/ocr/jobs", "Content-Type: application/json\r\n", hinted_job));
  entered.wait();
  engine.reset(); // as does a pool of workers that dies
  BOOST_TEST(!watched.expired());
  go_on.set_value();
  BOOST_TEST(client.read().status == 202);
  running.reset();
  BOOST_TEST(watched.expired());
}

BOOST_AUTO_TEST_CASE(a_reply_that_comes_after_the_stop_finds_its_gateway) {
  std::promise<reply<std::monostate>> asked;
  gate.on_cancel = [&](const auto&, const auto& done) { asked.set_value(done); };
  std::promise<void> entered;
  std::promise<void> go_on;
  gate.on_usage = [&](const auto& done) {
    entered.set_value();
    go_on.get_future().wait();
    done(sample_usage());
  };
  const std::weak_ptr<fake_gateway> watched = shared_gate;
  start();
  auto client = connect();
  client.send(http_request("DELETE", job_path));
  std::thread late{[done = asked.get_future().get()]() mutable {
    done(std::monostate{});
    done = nullptr;
  }};
  entered.get_future().wait(); // the reply asks for the windows
  BOOST_TEST(client.delivered());
  running->stop();
  const auto told = client.read();
  BOOST_TEST(told.status == 503);
  BOOST_TEST(told.header("x-request-id") != "");
  running.reset();
  gate.on_cancel = nullptr;
  shared_gate.reset();
  BOOST_TEST(!watched.expired());
  go_on.set_value();
  late.join();
  BOOST_TEST(watched.expired());
}

BOOST_AUTO_TEST_CASE(what_a_gateway_throws_reaches_no_thread) {
  const std::vector<std::function<void()>> all{[] { throw std::bad_alloc{}; }, [] { throw std::runtime_error{"x"}; },
                                               [] { throw 1; }};
  std::function<void()> thrown;
  gate.on_submit = [&](const auto&, const auto&) { thrown(); };
  gate.on_get = [&](const auto&, const auto&) { thrown(); };
  gate.on_usage = [&](const auto&) { thrown(); };
  start();
  for (const auto& each : all) {
    thrown = each;
    BOOST_TEST(post_json("/ocr/jobs", job_body()).status == 500); // on a thread that decodes
    BOOST_TEST(get(job_path).status == 500);
    BOOST_TEST(get("/livez").status == 200);
  }
}

BOOST_AUTO_TEST_CASE(headers_are_fetched_anew_after_a_fetch_that_threw) {
  gate.on_get = [](const auto& id, const auto& done) { done(completed_job(id)); };
  gate.on_usage = [](const auto&) { throw std::bad_alloc{}; };
  start();
  BOOST_TEST(get(job_path).status == 500);
  gate.on_usage = [](const auto& done) { done(sample_usage()); };
  BOOST_TEST(get(job_path).header("ratelimit") == "\"minute\";r=9;t=59");
}

BOOST_AUTO_TEST_SUITE_END()
