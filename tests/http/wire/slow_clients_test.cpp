// Clients that are gone, slow or hostile, and what the others notice of them.
#include "../server_fixture.hpp"
#include "http/uploads/decode_pool.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace glyphgate::http::test;
using namespace std::chrono_literals;

namespace {

std::size_t resident_mib() {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:"))
      return std::stoul(line.substr(6)) / 1024;
  return 0;
}

std::string post_head(std::size_t size) {
  return "POST /ocr/jobs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(size) + "\r\n\r\n";
}

/// Long polls of job "1", "2", …, each of which is answered when its client leaves.
struct polled_server : server_fixture {
  std::mutex mutex;
  std::map<std::string, reply<job_view_ptr>> waiting;
  std::atomic<int> begun{0};
  std::atomic<int> left{0};

  polled_server() {
    gate.on_wait = [this](const auto& id, duration, const auto& done) {
      const std::lock_guard lock{mutex};
      waiting[id] = done;
      ++begun;
    };
    gate.on_leave = [this](const auto& id) {
      ++left;
      reply<job_view_ptr> done;
      {
        const std::lock_guard lock{mutex};
        if (auto node = waiting.extract(id); !node.empty())
          done = std::move(node.mapped());
      }
      if (done)
        done(pending_job(id));
    };
  }
  ~polled_server() { running.reset(); }

  http_connection poll(int number) const {
    auto connection = connect();
    connection.send(http_request("GET", "/ocr/jobs/" + std::to_string(number) + "?wait=55"));
    return connection;
  }

  /// Waits until the count is that; false when it does not come to it.
  static bool comes_to(const std::atomic<int>& count, int value) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (count != value && std::chrono::steady_clock::now() < deadline)
      std::this_thread::yield();
    return count == value;
  }

  std::chrono::milliseconds time_of(const std::string& path, int status) const {
    const auto begin = std::chrono::steady_clock::now();
    BOOST_TEST(get(path).status == status, path);
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(slow_clients, polled_server)

BOOST_AUTO_TEST_CASE(a_long_poll_ends_when_its_client_leaves) {
  start();
  {
    auto closed = poll(1);
    BOOST_TEST(comes_to(begun, 1));
  }
  BOOST_TEST(comes_to(left, 1));
  auto broken = poll(2);
  BOOST_TEST(comes_to(begun, 2));
  broken.reset();
  BOOST_TEST(comes_to(left, 2));
  // One that has sent more before it leaves is noticed behind that.
  auto pipelining = poll(3);
  pipelining.send(http_request("GET", "/livez"));
  BOOST_TEST(comes_to(begun, 3));
  BOOST_TEST(!pipelining.has_input_within(300ms));
  BOOST_TEST(left == 2);
  pipelining.finish_sending();
  // A side that is closed may still read: it gets its answers.
  BOOST_TEST(field(pipelining.read().body, "/job_id") == "3");
  BOOST_TEST(pipelining.read().status == 200);
  BOOST_TEST(pipelining.is_closed());
}

BOOST_AUTO_TEST_CASE(polls_of_clients_that_have_gone_keep_nobody_out) {
  settings.http.max_connections = 128;
  start();
  std::vector<http_connection> live;
  for (int i = 0; i < 100; ++i)
    live.push_back(poll(i));
  BOOST_TEST(comes_to(begun, 100));
  for (int i = 100; i < 600; ++i) {
    poll(i);
    if (i % 50 == 0)
      BOOST_TEST(time_of("/ocr/jobs", 200).count() < 1000);
  }
  BOOST_TEST(time_of("/ocr/jobs", 200).count() < 1000);
  BOOST_TEST(time_of("/livez", 200).count() < 1000);
  for (auto& connection : live)
    BOOST_TEST(!connection.has_input_within(0ms));
}

BOOST_AUTO_TEST_CASE(monitors_have_a_reserve_and_the_others_are_told) {
  settings.http.max_connections = 64;
  start();
  std::vector<http_connection> held;
  for (int i = 0; i < 64; ++i)
    held.push_back(poll(i));
  BOOST_TEST(comes_to(begun, 64));
  std::vector<std::chrono::milliseconds> times;
  for (int i = 0; i < 50; ++i)
    times.push_back(time_of(i % 3 == 0 ? "/" : i % 3 == 1 ? "/livez" : "/readyz", 200));
  std::ranges::sort(times);
  BOOST_TEST(times[times.size() / 2].count() < 100);
  // Silent ones in the reserve make room.
  std::vector<http_connection> silent;
  for (int i = 0; i < 100; ++i)
    silent.push_back(connect());
  BOOST_TEST(time_of("/livez", 200).count() < 1000);
  const auto body = job_body(std::string(100'000, 'x'));
  for (const auto& request : {http_request("GET", "/usage"), http_request("GET", "/ocr/jobs/9?wait=55"),
                              http_request("POST", "/ocr/jobs", "Content-Type: application/json\r\n", body),
                              post_head(1'000'000), http_request("POST", "/nothing", "", "x")}) {
    auto connection = connect();
    connection.send(request);
    const auto answer = connection.read();
    BOOST_TEST(answer.status == 503);
    BOOST_TEST(problem_kind(answer) == "too-many-connections");
    BOOST_TEST(answer.header("retry-after") == "1");
    BOOST_TEST(answer.header("connection") == "close");
    connection.finish_sending();
    BOOST_TEST(connection.is_closed());
  }
  BOOST_TEST(gate.submits == 0);
  // One that leaves frees a slot.
  held.pop_back();
  BOOST_TEST(comes_to(left, 1));
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  int status = 503;
  while (status == 503 && std::chrono::steady_clock::now() < deadline)
    status = get("/ocr/jobs").status;
  BOOST_TEST(status == 200);
}

BOOST_AUTO_TEST_CASE(clients_that_leave_before_they_are_accepted_take_no_slot_with_them) {
  settings.http.max_connections = 8;
  start();
  for (int i = 0; i < 400; ++i) {
    auto connection = connect();
    connection.send("GET");
    connection.reset();
  }
  BOOST_TEST(get("/livez").status == 200);
}

BOOST_AUTO_TEST_CASE(idle_and_slow_clients_make_room_for_those_who_ask) {
  settings.http.max_connections = 8;
  start();
  std::vector<http_connection> held;
  for (int i = 0; i < 8; ++i)
    held.push_back(connect());
  for (int i = 0; i < 8; ++i)
    BOOST_TEST(get("/ocr/jobs").status == 200);
  held.clear();
  for (int i = 0; i < 8; ++i) {
    held.push_back(connect());
    held.back().send(i % 2 == 0 ? "GET / HT" : post_head(100) + "{");
  }
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  int served = 0;
  while (served < 8 && std::chrono::steady_clock::now() < deadline)
    served += get("/ocr/jobs").status == 200 ? 1 : 0;
  BOOST_TEST(served == 8);
}

BOOST_AUTO_TEST_CASE(answers_that_nobody_takes_are_bounded) {
  settings.http.max_answers_mb = 4;
  settings.http.max_connections = 256;
  // On a thread of its own, as the gateway's.
  const auto page = std::make_shared<job_page>();
  page->jobs.assign(1000, *pending_job("0123456789abcdef0123456789abcdef"));
  decode_pool worker{1};
  gate.on_list = [&](job_filter, const auto& done) { worker.post([page, done] { done(page); }); };
  start();
  const auto size = get("/ocr/jobs?limit=1000").body.size();
  BOOST_TEST(size > 100'000U);
  const auto before = resident_mib();
  std::string sixteen;
  for (int i = 0; i < 16; ++i)
    sixteen += http_request("GET", "/ocr/jobs?limit=1000");
  std::vector<http_connection> takers;
  std::size_t most = 0;
  for (int i = 0; i < 100; ++i) {
    takers.push_back(connect());
    takers.back().send(sixteen);
    most = std::max(most, resident_mib());
  }
  for (int i = 0; i < 20; ++i) {
    BOOST_TEST(time_of("/livez", 200).count() < 1000);
    most = std::max(most, resident_mib());
  }
  BOOST_TEST(most < before + 64, "grew by " << most - before << " MiB");
  // Whoever takes its answer gets it, at the latest when the others have been idle for a while.
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  http_answer answer;
  while ((answer = get("/ocr/jobs?limit=1000")).status == 503 && std::chrono::steady_clock::now() < deadline) {
    BOOST_TEST(answer.header("retry-after") == "1");
    BOOST_TEST(answer.header("x-request-id") != "");
  }
  BOOST_TEST(answer.body.size() == size);
  running.reset();
}

BOOST_AUTO_TEST_CASE(errors_in_an_answer_are_cut_with_the_number_of_the_rest) {
  settings.http.max_connections = 256;
  start();
  std::string body = R"({"images":[)";
  for (int i = 0; i < 10'000; ++i)
    body += i == 0 ? R"({"id":"","data":""})" : R"(,{"id":"","data":""})";
  const auto request = http_request("POST", "/ocr/jobs", "Content-Type: application/json\r\n", body + "]}");
  auto connection = connect();
  connection.send(request);
  const auto answer = connection.read();
  BOOST_TEST(answer.status == 422);
  BOOST_TEST(field(answer.body, "/errors/99") != "missing");
  BOOST_TEST(field(answer.body, "/errors/100") == "missing");
  BOOST_TEST(field(answer.body, "/further_errors") == "19900");
  BOOST_TEST(field(answer.body, "/detail") == "20000 things are wrong with the request, see errors");
  BOOST_TEST(answer.body.size() < 16'000U);
}

BOOST_AUTO_TEST_CASE(large_bodies_that_stop_keep_nobody_from_posting) {
  settings.http.max_body_mb = 16;
  settings.http.max_inflight_mb = 32;
  start();
  std::vector<http_connection> stopped;
  for (int i = 0; i < 3; ++i) {
    stopped.push_back(connect());
    stopped.back().send(post_head(10 * 1024 * 1024 - 1) + "{");
  }
  // Those who have little to send have room at once.
  for (int i = 0; i < 5; ++i)
    BOOST_TEST(post_json("/ocr/jobs", job_body(std::to_string(i))).status == 202);
  // Those who have much do when it is plain that the others do not get on.
  const auto large = job_body(std::string(6'000'000, 'x'));
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  http_answer answer;
  while ((answer = post_json("/ocr/jobs", large)).status == 503 && std::chrono::steady_clock::now() < deadline)
    BOOST_TEST(problem_kind(answer) == "queue-full");
  BOOST_TEST(answer.status == 202);
  int cut = 0;
  for (auto& connection : stopped)
    if (connection.has_input_within(0ms)) {
      const auto why = connection.read();
      BOOST_TEST(why.status == 408);
      BOOST_TEST(field(why.body, "/detail") == "others need its room");
      ++cut;
    }
  BOOST_TEST(cut == 1);
}

BOOST_AUTO_TEST_CASE(a_slow_but_steady_body_arrives) {
  settings.http.read_timeout = 1s;
  settings.http.min_client_rate_kb = 1;
  start();
  const auto body = job_body(std::string(6'000, 'x'));
  auto connection = connect();
  connection.send(post_head(body.size()));
  // Three times as long as the silence that is allowed.
  for (std::size_t at = 0; at < body.size(); at += body.size() / 30 + 1) {
    connection.send(std::string_view{body}.substr(at, body.size() / 30 + 1));
    // The last one is answered.
    if (at + body.size() / 30 + 1 < body.size())
      BOOST_TEST(!connection.has_input_within(100ms));
  }
  BOOST_TEST(connection.read().status == 202);
}

BOOST_AUTO_TEST_CASE(who_is_silent_or_too_slow_is_told_so) {
  settings.http.read_timeout = 1s;
  settings.http.min_client_rate_kb = 64;
  start();
  const auto told = [](http_connection& connection) {
    const auto answer = connection.read();
    BOOST_TEST(answer.status == 408);
    BOOST_TEST(problem_kind(answer) == "request-timeout");
    BOOST_TEST(answer.header("connection") == "close");
    return field(answer.body, "/detail");
  };
  auto silent = connect();
  silent.send(post_head(100) + "{");
  auto header = connect();
  header.send("GET / HTTP/1.1\r\n");
  auto slow = connect();
  slow.send(post_head(1'000'000));
  while (!slow.has_input_within(50ms) && slow.send("{"))
    header.send("X: y\r\n");
  BOOST_TEST(told(slow) == "it came more slowly than MIN_CLIENT_RATE_KB");
  BOOST_TEST(told(silent) == "nothing of it came for READ_TIMEOUT_SECONDS");
  BOOST_TEST(told(header) == "its header took longer than READ_TIMEOUT_SECONDS");
  BOOST_TEST(get("/livez").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
