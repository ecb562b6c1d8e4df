#include "app/service.hpp"
#include "core/log.hpp"
#include "support/http_client.hpp"
#include "support/memory_store.hpp"
#include "support/scripted_engine.hpp"
#include "support/scripted_sieve.hpp"
#include "support/service_process.hpp"
#include "support/test_png.hpp"
#include "vision/local_first.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <functional>
#include <future>
#include <iostream>
#include <new>
#include <optional>
#include <random>
#include <stdexcept>
#include <thread>

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
  verdicts commit(batch_number, std::span<const transaction>) override { throw std::logic_error{"a defect"}; }
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

/// A clock with a fault planted at its second reading once it is armed: after the HTTP thread's own, that of the actor
/// which the request reaches first.
struct planted_clock {
  std::function<void()> fault;
  std::atomic<int> readings = -1;

  clock_fn clock() {
    return [this] {
      if (readings >= 0 && ++readings == 2) {
        readings = -1;
        fault();
      }
      return system_clock()();
    };
  }
};

BOOST_AUTO_TEST_CASE(the_death_of_the_gateway_s_actor_is_told_and_its_request_gets_an_answer) {
  planted_clock time{[] { throw std::bad_alloc{}; }};
  std::promise<std::string> lost;
  service running{any_port(),
                  "test",
                  engines([](const auto& call, const auto&, const auto&) { return read_contents(call); }),
                  std::make_shared<store::memory_store>(),
                  time.clock(),
                  [&](std::string_view actor) { lost.set_value(std::string{actor}); }};
  // The start's own sweep is done before this is answered.
  BOOST_TEST(http_call(running.port(), "GET", "/ocr/jobs/unknown").status == 404);
  time.readings = 0;
  const auto answer = http_call(running.port(), "GET", "/ocr/jobs/unknown?wait=1");
  BOOST_TEST(answer.status == 503);
  BOOST_TEST(answer.body.find("urn:glyphgate:problem:no-answer") != std::string::npos);
  auto told = lost.get_future();
  BOOST_REQUIRE((told.wait_for(20s) == std::future_status::ready));
  BOOST_TEST(told.get() == "http_gateway");
  running.stop();
}

std::chrono::milliseconds time_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
}

BOOST_AUTO_TEST_CASE(a_registry_that_does_not_answer_counts_as_working_and_shows_in_health) {
  std::promise<void> entered;
  std::promise<void> go_on;
  planted_clock time{[&] {
    entered.set_value();
    go_on.get_future().wait();
  }};
  service running{any_port(),
                  "test",
                  engines([](const auto& call, const auto&, const auto&) { return read_contents(call); }),
                  std::make_shared<store::memory_store>(),
                  time.clock(),
                  [](std::string_view actor) { BOOST_ERROR("lost " << actor); }};
  BOOST_TEST(http_call(running.port(), "GET", "/ocr/jobs/unknown").status == 404);
  time.readings = 0;
  http_connection waiting{running.port()};
  waiting.send(http_request("GET", "/ocr/jobs/unknown"));
  entered.get_future().wait();
  http_answer health;
  BOOST_TEST((time_of([&] { health = http_call(running.port(), "GET", "/health"); }) < 1s));
  BOOST_TEST(health.status == 200);
  BOOST_TEST(health.body.starts_with(R"({"status":"degraded",)"));
  BOOST_TEST(health.body.find(R"("total_jobs":null,"by_status":null)") != std::string::npos);
  BOOST_TEST(health.body.find(R"("circuit_breaker":{"state":"closed",)") != std::string::npos);
  BOOST_TEST(health.body.find(R"("queue":{"waiting":null,"running":0,)") != std::string::npos);
  const auto usage = http_call(running.port(), "GET", "/usage");
  BOOST_TEST(usage.status == 503);
  BOOST_TEST(usage.header("retry-after") == "5");
  BOOST_TEST(running.look().working);
  go_on.set_value();
  BOOST_TEST(waiting.read().status == 404);
  BOOST_TEST(!running.look().working);
  BOOST_TEST(http_call(running.port(), "GET", "/health").body.starts_with(R"({"status":"healthy",)"));
}

/// A store that another process keeps busy while the test says so.
class busy_store : public store::memory_store {
public:
  void keep_busy() { busy_ = true; }
  void let_go() { freed_.set_value(); }

  verdicts commit(batch_number number, std::span<const transaction> transactions) override {
    if (busy_)
      free_.wait();
    return memory_store::commit(number, transactions);
  }

private:
  std::promise<void> freed_;
  std::shared_future<void> free_ = freed_.get_future().share();
  std::atomic<bool> busy_ = false;
};

BOOST_AUTO_TEST_CASE(a_busy_store_is_told_as_an_outcome_that_is_not_known) {
  const auto kept = std::make_shared<busy_store>();
  service running{any_port(),
                  "test",
                  engines([](const auto& call, const auto&, const auto&) { return read_contents(call); }),
                  kept,
                  system_clock(),
                  [](std::string_view actor) { BOOST_ERROR("lost " << actor); }};
  const auto job = post(running.port()).header("location");
  BOOST_REQUIRE(eventually([&] {
    return http_call(running.port(), "GET", "/ocr/jobs?status=completed").body.find("\"job_id\"") != std::string::npos;
  }));
  kept->keep_busy();
  http_connection deleting{running.port()};
  deleting.send(http_request("DELETE", job));
  // Its commit holds the store's writer before anything else asks for it.
  BOOST_REQUIRE(eventually(
      [&] { return http_call(running.port(), "GET", "/health").body.find("\"works\":null") != std::string::npos; }));
  // Whoever only reads does not wait for it.
  BOOST_TEST(http_call(running.port(), "GET", job).status == 200);
  http_answer health;
  BOOST_TEST((time_of([&] { health = http_call(running.port(), "GET", "/health"); }) < 1s));
  BOOST_TEST(health.body.starts_with(R"({"status":"degraded",)"));
  BOOST_TEST(health.body.find(R"("works":null,"total_jobs":1)") != std::string::npos);
  const auto ready = http_call(running.port(), "GET", "/readyz");
  BOOST_TEST(ready.status == 503);
  BOOST_TEST(ready.header("retry-after") == "5");
  const auto answer = deleting.read();
  BOOST_TEST(answer.status == 503);
  BOOST_TEST(answer.body.find("urn:glyphgate:problem:no-answer") != std::string::npos, answer.body);
  BOOST_TEST(answer.header("retry-after") == "5");
  kept->let_go();
  // It took effect after all, as asking again shows.
  BOOST_TEST(eventually([&] { return http_call(running.port(), "DELETE", job).status == 404; }));
  BOOST_TEST(http_call(running.port(), "GET", job).status == 404);
  BOOST_TEST(http_call(running.port(), "GET", "/readyz").status == 200);
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
  const auto done = ended_job(running.port(), job.header("location"));
  BOOST_TEST(done.body.find("\"status\":\"completed\"") != std::string::npos, done.body);
  BOOST_TEST(done.body.find("\"api_calls\":2") != std::string::npos);
  BOOST_TEST(calls == 2);
}

/// A service whose engine does what `script` says, over a store that outlives it.
struct leaving_service {
  std::shared_ptr<store::memory_store> kept;
  service running;

  explicit leaving_service(
      scripted_engines::script script = [](const auto& call, const auto&, const auto&) { return read_contents(call); },
      std::shared_ptr<store::memory_store> store = std::make_shared<store::memory_store>())
      : kept{std::move(store)},
        running{any_port_without_limits(),
                "test",
                engines(std::move(script)),
                kept,
                system_clock(),
                [](std::string_view actor) { BOOST_ERROR("lost " << actor); }} {}

  static config any_port_without_limits() {
    auto settings = any_port();
    settings.limits = {1'000'000, 1'000'000, 1'000'000};
    settings.jobs.packing_window = 0ms;
    return settings;
  }

  std::uint16_t port() const { return running.port(); }

  /// As the process does it, but that the look takes longer; true when the port is closed.
  bool leaves(std::chrono::microseconds longer = 0us) {
    const auto begin = std::chrono::steady_clock::now();
    const auto seen = running.look();
    std::this_thread::sleep_for(longer);
    return !seen.working && seen.used_at < begin && running.close_if_unused_since(begin);
  }
};

BOOST_AUTO_TEST_CASE(what_monitors_and_strangers_ask_is_no_use) {
  leaving_service subject;
  const auto begin = std::chrono::steady_clock::now();
  for (const char* target : {"/", "/livez", "/readyz", "/health", "/robots.txt", "/ocr", "/ocr/", "/ocr/jobsx"}) {
    http_call(subject.port(), "GET", target);
    http_call(subject.port(), "HEAD", target);
    http_call(subject.port(), "POST", target);
  }
  for (const char* bytes : {"\x16\x03\x01\x02", "GET /ocr/jobs\r\n\r\n", "GET /ocr/jobs HTTP/1.1\r\n\r\n"}) {
    http_connection stranger{subject.port()};
    stranger.send(bytes);
    stranger.finish_sending();
    BOOST_TEST(stranger.read().status == 400);
  }
  BOOST_TEST((subject.running.look().used_at < begin));
  BOOST_TEST(eventually([&] { return subject.running.close_if_unused_since(begin); }));
}

BOOST_AUTO_TEST_CASE(what_clients_ask_is_use_whatever_the_answer) {
  leaving_service subject;
  const std::vector<std::pair<std::string, std::string>> asked{
      {"GET", "/usage"},     {"GET", "/ocr/jobs"},  {"GET", "/ocr/jobs/unknown"}, {"DELETE", "/ocr/jobs/unknown"},
      {"POST", "/ocr/jobs"}, {"POST", "/capacity"}, {"GET", "/capacity"}};
  for (const auto& [method, target] : asked) {
    const auto begin = std::chrono::steady_clock::now();
    http_call(subject.port(), method, target);
    BOOST_TEST((subject.running.look().used_at > begin), method << " " << target);
    BOOST_TEST(!subject.running.close_if_unused_since(begin));
  }
}

BOOST_AUTO_TEST_CASE(a_service_that_leaves_closes_its_port_and_refuses_whoever_is_connected) {
  leaving_service subject;
  http_connection connected{subject.port()};
  connected.send(http_request("GET", "/usage"));
  BOOST_TEST(connected.read().status == 200);
  BOOST_REQUIRE(eventually([&] { return subject.leaves(); }));
  BOOST_CHECK_THROW(http_connection{subject.port()}, std::system_error);
  connected.send(http_request("POST", "/ocr/jobs", "Content-Type: image/png\r\n", test_png(1)));
  const auto refused = connected.read();
  BOOST_TEST(refused.status == 503);
  BOOST_TEST(refused.body.find("urn:glyphgate:problem:shutting-down") != std::string::npos);
  BOOST_TEST(refused.header("retry-after") == "5");
  BOOST_TEST(refused.header("connection") == "close");
  BOOST_TEST(connected.is_closed());
  subject.running.stop();
  BOOST_TEST(subject.kept->recover(system_clock()()).pending.empty());
}

BOOST_AUTO_TEST_CASE(a_request_that_is_still_being_received_keeps_the_port_open) {
  leaving_service subject;
  const auto whole =
      http_request("POST", "/capacity", "Content-Type: application/json\r\n", R"({"width":666,"height":64})");
  http_connection slow{subject.port()};
  // The first answer shows that the beginning of the second request has arrived too.
  slow.send(http_request("GET", "/livez") + whole.substr(0, whole.size() - 1));
  BOOST_TEST(slow.read().status == 200);
  for (int i = 0; i < 20; ++i)
    BOOST_TEST(!subject.running.close_if_unused_since(std::chrono::steady_clock::now()));
  slow.send(whole.substr(whole.size() - 1));
  BOOST_TEST(slow.read().status == 200);
  BOOST_TEST(eventually([&] { return subject.leaves(); }));
}

BOOST_AUTO_TEST_CASE(a_request_that_has_reached_the_machine_is_not_left_without_an_answer) {
  for (int round = 0; round < 20; ++round) {
    leaving_service subject;
    http_connection kept{subject.port()};
    kept.send(http_request("GET", "/livez"));
    BOOST_TEST(kept.read().status == 200);
    bool open = true;
    for (int i = 0; i < 50 && open; ++i) {
      const bool is_new = i % 2 == 1;
      std::optional<http_connection> fresh;
      auto& client = is_new ? fresh.emplace(subject.port()) : kept;
      const auto begin = std::chrono::steady_clock::now();
      client.send(http_request("GET", "/usage"));
      while (!client.delivered())
        std::this_thread::yield();
      open = !subject.running.close_if_unused_since(begin);
      // A connection that was being accepted in that instant is the one that may still be refused.
      BOOST_TEST((open || is_new));
      BOOST_TEST(client.read().status == (open ? 200 : 503));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_job_and_who_waits_for_it_keep_the_service) {
  std::promise<void> go_on;
  leaving_service subject{[going_on = go_on.get_future().share()](const auto& call, const auto&, const auto&) {
    going_on.wait();
    return read_contents(call);
  }};
  const auto job = post(subject.port());
  BOOST_REQUIRE_EQUAL(job.status, 202);
  BOOST_TEST(subject.running.look().working);
  http_connection waiting{subject.port()};
  // The first answer shows that the second request has arrived too.
  waiting.send(http_request("GET", "/livez") + http_request("GET", job.header("location") + "?wait=50"));
  BOOST_TEST(waiting.read().status == 200);
  BOOST_TEST(eventually([&] {
    const auto begin = std::chrono::steady_clock::now();
    return subject.running.look().used_at >= begin;
  }));
  BOOST_TEST(!subject.running.close_if_unused_since(std::chrono::steady_clock::now()));
  go_on.set_value();
  BOOST_TEST(waiting.read().body.find("\"completed\"") != std::string::npos);
  BOOST_TEST(eventually([&] { return subject.leaves(); }));
}

/// A store that waits, before it recalls anything, until the test lets it go on.
class slow_store : public store::memory_store {
public:
  std::promise<void> asked;
  std::promise<void> go_on;

  std::vector<std::shared_ptr<const recognition>> recall(std::span<const digest> keys) override {
    asked.set_value();
    go_on.get_future().wait();
    return memory_store::recall(keys);
  }
};

BOOST_AUTO_TEST_CASE(a_submission_under_way_keeps_the_service_though_its_client_has_left) {
  const auto kept = std::make_shared<slow_store>();
  leaving_service subject{[](const auto& call, const auto&, const auto&) { return read_contents(call); }, kept};
  http_connection client{subject.port()};
  client.send(http_request("POST", "/ocr/jobs", "Content-Type: image/png\r\n", test_png(1)));
  kept->asked.get_future().wait();
  client.reset();
  // It takes the server a moment to see that the client has left; the job is not to be seen yet.
  const bool closed =
      eventually([&] { return subject.running.close_if_unused_since(std::chrono::steady_clock::now()); }, 100ms);
  kept->go_on.set_value();
  BOOST_TEST(!closed);
  BOOST_TEST(eventually([&] { return subject.leaves(); }));
  subject.running.stop();
  const auto found = kept->recover(system_clock()());
  BOOST_TEST(found.pending.empty());
  BOOST_TEST(found.ended.size() == 1u);
}

BOOST_AUTO_TEST_CASE(no_job_is_promised_and_left_undone_whenever_the_service_leaves) {
  const auto seed = std::random_device{}();
  std::cout << "seed " << seed << std::endl;
  std::mt19937 random{seed};
  std::uint64_t number = 0;
  for (int round = 0; round < 20; ++round) {
    leaving_service subject{[](const auto& call, const auto&, const auto&) {
      std::this_thread::sleep_for(3ms);
      return read_contents(call);
    }};
    std::atomic<std::uint64_t> promised = 0;
    // One client keeps its connection, the other makes a new one for each job; both until they are turned away.
    const auto client = [&promised, port = subject.port()](bool keeps, std::uint64_t first, std::uint32_t pause_seed) {
      std::mt19937 pause{pause_seed};
      try {
        std::optional<http_connection> connection;
        // Ever longer pauses: on a slow machine, too, there comes a moment in which nobody needs the service.
        for (std::uint32_t longest = 6000;; ++first, longest += 200) {
          if (!keeps || !connection)
            connection.emplace(port);
          connection->send(http_request("POST", "/ocr/jobs", "Content-Type: image/png\r\n", test_png(first)));
          if (connection->read().status != 202)
            return;
          ++promised;
          std::this_thread::sleep_for(std::chrono::microseconds{pause() % longest});
        }
      } catch (const std::exception&) { // the port is closed
      }
    };
    auto a = std::async(std::launch::async, client, true, number, random());
    auto b = std::async(std::launch::async, client, false, number + 100'000, random());
    number += 200'000;
    const bool left =
        eventually([&] { return promised > 0 && subject.leaves(std::chrono::microseconds{random() % 1000}); });
    const bool works = subject.running.look().working;
    subject.running.stop();
    a.get();
    b.get();
    BOOST_REQUIRE(left);
    BOOST_REQUIRE(!works);
    const auto found = subject.kept->recover(system_clock()());
    BOOST_REQUIRE_EQUAL(found.pending.size(), 0u);
    BOOST_REQUIRE_EQUAL(found.ended.size(), promised);
  }
}

/// A service whose sieve does that.
struct sifting_service {
  std::atomic<int> pictures_sent = 0;
  std::shared_ptr<store::memory_store> store = std::make_shared<store::memory_store>();
  config settings = any_port();

  std::unique_ptr<service> start(sifting_engines::sift_script sift) {
    std::shared_ptr<const vision::engine_provider> engines = std::make_shared<const sifting_engines>(
        [this](const planned_call& call, const auto&, const auto&) {
          pictures_sent += static_cast<int>(call.pictures.size());
          annotation made;
          for (std::size_t i = 0; i < call.pictures.size(); ++i)
            made.pictures.push_back({test_recognition("paid"), ""});
          return call_outcome{std::move(made)};
        },
        std::move(sift));
    if (settings.engine.local_first != sieve_mode::off)
      engines = vision::local_first(engines, settings.engine.local_first, settings.engine.local_first_confidence);
    return std::make_unique<service>(settings, "test", engines, store, system_clock(), [](std::string_view) {});
  }

  /// Posts that many pictures, each of its own content. Returns the job when it has ended.
  static std::string post(std::uint16_t port, int pictures, const std::string& query = "") {
    std::string body;
    for (int i = 0; i < pictures; ++i)
      body += "--b\r\nContent-Disposition: form-data; name=f; filename=p" + std::to_string(i) + "\r\n\r\n" +
              test_png(static_cast<std::uint32_t>(i + 1)) + "\r\n";
    const auto posted = http_call(port, "POST", "/ocr/jobs" + query,
                                  "Content-Type: multipart/form-data; boundary=b\r\n", body + "--b--");
    BOOST_REQUIRE_EQUAL(posted.status, 202);
    const auto begin = posted.body.find("\"job_id\":\"") + 10;
    const auto id = posted.body.substr(begin, posted.body.find('"', begin) - begin);
    return ended_job(port, "/ocr/jobs/" + id).body;
  }
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

sift_outcome first_answers(const std::vector<picture>& pictures, const sieve_options&, const std::stop_token&) {
  auto nothing = std::make_shared<recognition>();
  nothing->engine = "ppocr";
  std::vector<sieve_verdict> said(pictures.size(), travels{});
  said.front() = answered{std::move(nothing)};
  return said;
}

BOOST_AUTO_TEST_CASE(what_is_answered_here_does_not_travel) {
  sifting_service s;
  s.settings.engine.local_first = sieve_mode::blank;
  const auto running = s.start(first_answers);
  const auto job = sifting_service::post(running->port(), 3);
  BOOST_TEST(has(job, R"("status":"completed")"));
  BOOST_TEST(has(job, R"("id":"p0","text":"")"));
  BOOST_TEST(has(job, R"("engine":"ppocr")"));
  BOOST_TEST(has(job, R"("engine":"test")"));
  BOOST_TEST(s.pictures_sent == 2);
  BOOST_TEST(has(http_call(running->port(), "GET", "/usage").body, R"("images_answered":1)"));
}

BOOST_AUTO_TEST_CASE(what_was_answered_here_is_read_again_once_that_is_switched_off) {
  sifting_service s;
  s.settings.engine.local_first = sieve_mode::blank;
  {
    const auto running = s.start(first_answers);
    sifting_service::post(running->port(), 1);
  }
  BOOST_TEST(s.pictures_sent == 0);
  s.settings.engine.local_first = sieve_mode::off;
  const auto running = s.start(first_answers);
  BOOST_TEST(has(sifting_service::post(running->port(), 1), "paid"));
  BOOST_TEST(s.pictures_sent == 1);
}

BOOST_AUTO_TEST_CASE(near_duplicates_are_read_once_where_the_job_asks_for_it) {
  sifting_service s;
  const auto running = s.start([](const auto& pictures, const auto& options, const auto&) {
    std::vector<sieve_verdict> said(pictures.size(), repeats{0});
    said.front() = travels{};
    BOOST_TEST(options.near_duplicates);
    return sift_outcome{std::move(said)};
  });
  const auto job = sifting_service::post(running->port(), 3, "?near_duplicates=true");
  BOOST_TEST(s.pictures_sent == 1);
  BOOST_TEST(has(job, R"("same_as":"p0")"));
  BOOST_TEST(has(http_call(running->port(), "GET", "/usage").body, R"("images_repeated":2)"));
  BOOST_TEST(!has(sifting_service::post(running->port(), 3), "same_as"));
}

BOOST_AUTO_TEST_CASE(a_sieve_that_fails_is_nobody_s_error) {
  sifting_service s;
  s.settings.engine.local_first = sieve_mode::confident;
  const auto running = s.start([](const auto&, const auto&, const auto&) {
    return sift_outcome{call_failure{ec::internal, "the reader died", false, std::nullopt}};
  });
  const auto job = sifting_service::post(running->port(), 3);
  BOOST_TEST(has(job, R"("status":"completed")"));
  BOOST_TEST(s.pictures_sent == 3);
  BOOST_TEST(has(http_call(running->port(), "GET", "/usage").body, R"("sieve_failures":1)"));
}

BOOST_AUTO_TEST_CASE(a_cancel_stops_the_sieve) {
  sifting_service s;
  s.settings.engine.local_first = sieve_mode::blank;
  std::promise<void> begun;
  std::promise<void> stopped;
  const auto running = s.start([&](const auto&, const auto&, const std::stop_token& stop) {
    begun.set_value();
    std::promise<void> asked_to_stop;
    const std::stop_callback tell{stop, [&] { asked_to_stop.set_value(); }};
    asked_to_stop.get_future().wait();
    stopped.set_value();
    return sift_outcome{call_failure{ec::cancelled, "stopped", false, std::nullopt}};
  });
  const auto posted = post(running->port());
  begun.get_future().wait();
  const auto begin = posted.body.find("\"job_id\":\"") + 10;
  const auto id = posted.body.substr(begin, posted.body.find('"', begin) - begin);
  BOOST_TEST(http_call(running->port(), "DELETE", "/ocr/jobs/" + id).status == 204);
  BOOST_TEST((stopped.get_future().wait_for(20s) == std::future_status::ready));
  BOOST_TEST(s.pictures_sent == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
