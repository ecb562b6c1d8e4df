#include "../server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace glyphgate::http::test;
using namespace std::chrono_literals;

namespace {

const std::string job_path = "/ocr/jobs/0123456789abcdef0123456789abcdef";

std::size_t resident_kib() {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:"))
      return std::stoul(line.substr(6));
  return 0;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire, server_fixture)

BOOST_AUTO_TEST_CASE(a_port_that_is_taken_is_named) {
  start();
  config other = settings;
  other.http.port = port();
  const auto refuses = [&](const std::string& text) {
    return [&, text](const std::runtime_error& e) { return std::string{e.what()} == text; };
  };
  BOOST_CHECK_EXCEPTION(make_server(other), std::runtime_error,
                        refuses("cannot listen on 127.0.0.1:" + std::to_string(port()) + ": Address already in use"));
  other.http.host = "nowhere";
  other.http.port = 0;
  BOOST_CHECK_EXCEPTION(make_server(other), std::runtime_error,
                        refuses("cannot listen on nowhere:0: Invalid argument"));
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
  reply<job_view_ptr> first;
  std::atomic<bool> waiting{false};
  gate.on_wait = [&](const auto&, duration, const auto& done) {
    first = done;
    waiting = true;
  };
  gate.on_get = [](const auto& id, const auto& done) { done(pending_job(id)); };
  start();
  auto connection = connect();
  std::string requests = http_request("GET", job_path + "?wait=5");
  for (int i = 0; i < 40; ++i)
    requests += http_request("GET", "/ocr/jobs/job-" + std::to_string(i));
  connection.send(requests);
  while (!waiting)
    std::this_thread::yield();
  BOOST_TEST(!connection.has_input_within(50ms));
  BOOST_TEST(gate.gets == 0); // one at a time
  first(completed_job("first"));
  BOOST_TEST(field(connection.read().body, "/job_id") == "first");
  for (int i = 0; i < 40; ++i)
    BOOST_TEST(field(connection.read().body, "/job_id") == "job-" + std::to_string(i));
}

BOOST_AUTO_TEST_CASE(http_1_0_is_answered_and_closed_unless_asked) {
  start();
  auto plain = connect();
  plain.send("GET / HTTP/1.0\r\n\r\n");
  BOOST_TEST(plain.read().header("connection") == "close");
  BOOST_TEST(plain.is_closed());
  auto kept = connect();
  kept.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  BOOST_TEST(kept.read().header("connection") == "keep-alive");
  kept.send(http_request("GET", "/livez", "Connection: close\r\n"));
  BOOST_TEST(kept.read().status == 200);
  BOOST_TEST(kept.is_closed());
}

BOOST_AUTO_TEST_CASE(continue_is_sent_at_once) {
  start();
  auto connection = connect();
  const std::string body = job_body();
  connection.send("POST /ocr/jobs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: "
                  "100-continue\r\nContent-Length: " +
                  std::to_string(body.size()) + "\r\n\r\n");
  BOOST_TEST(connection.read().status == 100);
  connection.send(body);
  BOOST_TEST(connection.read().status == 202);
  connection.send("POST /ocr/jobs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n");
  BOOST_TEST(connection.read().status == 100);
  connection.send("2\r\n{}\r\n0\r\n\r\n");
  BOOST_TEST(connection.read().status == 422);
}

BOOST_AUTO_TEST_CASE(continue_does_not_mix_with_an_answer_on_its_way) {
  reply<job_view_ptr> first;
  std::atomic<bool> waiting{false};
  gate.on_wait = [&](const auto&, duration, const auto& done) {
    first = done;
    waiting = true;
  };
  start();
  auto connection = connect();
  connection.send(http_request("GET", job_path + "?wait=5") +
                  "POST /capacity HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: "
                  "100-continue\r\nContent-Length: 2\r\n\r\n");
  while (!waiting)
    std::this_thread::yield();
  first(pending_job("first"));
  BOOST_TEST(connection.read().status == 200);
  BOOST_TEST(connection.read().status == 100);
  connection.send("{}");
  BOOST_TEST(connection.read().status == 422);
}

BOOST_AUTO_TEST_CASE(what_was_sent_ahead_is_read_in_its_order) {
  start();
  const std::string body = R"({"width":666,"height":64})";
  const auto request = http_request("POST", "/capacity", "Content-Type: application/json\r\n", body);
  for (std::size_t cut = 1; cut < request.size(); cut += 7) {
    auto connection = connect();
    connection.send(http_request("GET", "/health") + request.substr(0, cut));
    connection.send(request.substr(cut) + http_request("GET", "/livez"));
    for (int i = 0; i < 3; ++i)
      BOOST_TEST(connection.read().status == 200);
  }
}

BOOST_AUTO_TEST_CASE(too_large_a_body_is_refused_unread_and_never_becomes_a_request) {
  settings.http.max_body_mb = 1;
  start();
  const std::string smuggled = http_request("DELETE", job_path);
  std::atomic<int> deletes{0};
  gate.on_cancel = [&](const auto&, const auto& done) {
    ++deletes;
    done(std::monostate{});
  };
  for (const bool expect : {false, true}) {
    auto connection = connect();
    connection.send("POST /ocr/jobs HTTP/1.1\r\nHost: x\r\n" + std::string{expect ? "Expect: 100-continue\r\n" : ""} +
                    "Content-Length: 4000000\r\n\r\n" + smuggled);
    const auto answer = connection.read();
    BOOST_TEST(answer.status == 413);
    BOOST_TEST(answer.header("connection") == "close");
    std::string flood;
    for (int i = 0; i < 1000; ++i)
      flood += smuggled;
    connection.send(flood);
    connection.finish_sending();
    BOOST_TEST(connection.read_to_end() == "");
  }
  BOOST_TEST(deletes == 0);
}

BOOST_AUTO_TEST_CASE(the_answer_to_too_large_a_body_reaches_a_client_that_sends_on) {
  settings.http.max_body_mb = 1;
  start();
  auto connection = connect();
  const std::string piece(1U << 20U, 'x');
  connection.send("POST /ocr/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 20971520\r\n\r\n");
  for (int i = 0; i < 20; ++i)
    BOOST_TEST(connection.send(piece));
  BOOST_TEST(connection.read().status == 413);
  connection.finish_sending();
  BOOST_TEST(connection.is_closed());
}

BOOST_AUTO_TEST_CASE(too_large_a_chunked_body_is_refused) {
  settings.http.max_body_mb = 1;
  start();
  auto connection = connect();
  connection.send("POST /ocr/jobs HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "10000\r\n" + std::string(65536, 'x') + "\r\n";
  for (int i = 0; i < 17; ++i)
    connection.send(chunk);
  BOOST_TEST(connection.read().status == 413);
}

BOOST_AUTO_TEST_CASE(a_flood_of_tiny_chunks_takes_no_more_memory_than_its_body) {
  settings.http.max_body_mb = 4;
  start();
  get("/");
  const auto before = resident_kib();
  auto connection = connect();
  connection.send(
      "POST /capacity HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
  std::string piece;
  for (int i = 0; i < 64 * 1024; ++i)
    piece += "1\r\n \r\n";
  std::size_t most = 0;
  for (int i = 0; i < 60; ++i) {
    connection.send(piece);
    most = std::max(most, resident_kib());
  }
  connection.send("0\r\n\r\n");
  BOOST_TEST(connection.read().status == 400);
  BOOST_TEST(most < before + 32 * 1024, "grew by " << most - before << " KiB");
}

BOOST_AUTO_TEST_CASE(odd_requests_are_refused_and_the_connection_closed) {
  start();
  const std::vector<std::pair<std::string, int>> odd{
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET / HTTP/9.9\r\nHost: a\r\n\r\n", 505},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", 400},
      {"GET / HTTP/1.1\nHost: a\n\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nX: \rxTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", 400},
      {"GET /" + std::string(9000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(40000, 'x') + "\r\n\r\n", 431},
      {"\x16\x03\x01\x02\x01\r\n\r\n", 400},
  };
  for (const auto& [bytes, status] : odd) {
    auto connection = connect();
    connection.send(bytes + http_request("GET", "/livez"));
    const auto answer = connection.read();
    BOOST_TEST(answer.status == status, bytes.substr(0, 80));
    BOOST_TEST(answer.header("connection") == "close");
    BOOST_TEST(answer.header("x-request-id") != "");
    BOOST_TEST(problem_kind(answer).find("no problem") == std::string::npos);
    connection.finish_sending();
    BOOST_TEST(connection.read_to_end() == "");
  }
}

BOOST_AUTO_TEST_CASE(an_odd_request_behind_a_good_one_spoils_nothing_before_it) {
  start();
  auto connection = connect();
  connection.send(http_request("GET", "/livez") + http_request("GET", "/health") + "GET / HTTP/1.1\r\n\r\n" +
                  http_request("GET", "/livez"));
  BOOST_TEST(connection.read().status == 200);
  BOOST_TEST(connection.read().status == 200);
  BOOST_TEST(connection.read().status == 400);
  connection.finish_sending();
  BOOST_TEST(connection.read_to_end() == "");
}

BOOST_AUTO_TEST_CASE(a_slow_client_loses_its_connection) {
  settings.http.read_timeout = 1s;
  start();
  auto slow = connect();
  slow.send("POST /ocr/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{");
  auto idle = connect();
  BOOST_TEST(slow.read().status == 408);
  BOOST_TEST(slow.is_closed());
  BOOST_TEST(idle.is_closed());
  BOOST_TEST(get("/livez").status == 200);
}

BOOST_AUTO_TEST_CASE(health_is_answered_while_every_slot_is_held) {
  settings.http.max_connections = 16;
  std::vector<reply<job_view_ptr>> waiters;
  gate.on_wait = [&](const auto&, duration, const auto& done) { waiters.push_back(done); };
  start();
  const auto answers_soon = [&] {
    const auto begun = std::chrono::steady_clock::now();
    const int status = get("/health").status;
    return status == 200 && std::chrono::steady_clock::now() - begun < 100ms;
  };
  std::vector<http_connection> held;
  for (int i = 0; i < 16; ++i) { // slow uploads, and clients that send nothing
    held.push_back(connect());
    if (i % 2 == 0)
      held.back().send("POST /ocr/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{");
  }
  for (int i = 0; i < 20; ++i)
    BOOST_TEST(answers_soon());
  held.clear();
  for (int i = 0; i < 16; ++i) { // clients that wait for a job
    held.push_back(connect());
    held.back().send(http_request("GET", job_path + "?wait=55"));
  }
  for (int i = 0; i < 20; ++i)
    BOOST_TEST(answers_soon());
}

BOOST_AUTO_TEST_CASE(polls_go_on_while_a_large_body_is_received_and_decoded) {
  start();
  auto large = connect();
  std::string body = R"({"images":[{"id":"a","data":")" + std::string(20'000'000, 'A') + R"("}]})";
  std::thread sender{
      [&] { large.send(http_request("POST", "/ocr/jobs", "Content-Type: application/json\r\n", body)); }};
  auto poller = connect();
  auto longest = 0ms;
  for (int i = 0; i < 200; ++i) {
    const auto begun = std::chrono::steady_clock::now();
    poller.send(http_request("GET", "/livez"));
    BOOST_TEST(poller.read().status == 200);
    longest = std::max(longest,
                       std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun));
  }
  sender.join();
  BOOST_TEST(large.read().status == 415);
  BOOST_TEST(longest.count() < 100);
}

BOOST_AUTO_TEST_CASE(too_many_bodies_at_once_are_refused) {
  settings.http.max_body_mb = 32;
  start();
  const std::string head = "POST /ocr/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 31000000\r\n\r\n";
  const std::string most_of_it(30'000'000, ' ');
  std::vector<http_connection> uploads;
  for (int i = 0; i < 2; ++i) {
    uploads.push_back(connect());
    uploads.back().send(head + most_of_it);
    BOOST_TEST(!uploads.back().has_input_within(100ms));
  }
  auto third = connect();
  third.send(head + most_of_it);
  const auto answer = third.read();
  BOOST_TEST(answer.status == 503);
  BOOST_TEST(problem_kind(answer) == "queue-full");
  BOOST_TEST(answer.header("retry-after") == "1");
  BOOST_TEST(get("/livez").status == 200);
}

BOOST_AUTO_TEST_CASE(a_request_that_is_cut_short_is_told_so) {
  start();
  for (const auto* begun :
       {"POST /ocr/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345",
        "POST /ocr/jobs HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12", "GET / HT"}) {
    auto connection = connect();
    connection.send(begun);
    connection.finish_sending();
    const auto answer = connection.read();
    BOOST_TEST(answer.status == 400);
    BOOST_TEST(field(answer.body, "/detail") == "the request is cut short");
    BOOST_TEST(connection.is_closed());
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_closes_its_side_gets_its_answers) {
  std::map<std::string, reply<job_view_ptr>> waiters;
  gate.on_wait = [&](const auto& id, duration, const auto& done) { waiters[id] = done; };
  gate.on_leave = [&](const auto& id) { waiters.extract(id).mapped()(pending_job(id)); };
  start();
  auto connection = connect();
  connection.send(http_request("GET", "/ocr/jobs/first?wait=5") + http_request("GET", "/ocr/jobs/second?wait=5") +
                  http_request("GET", "/livez"));
  connection.finish_sending();
  BOOST_TEST(field(connection.read().body, "/job_id") == "first");
  BOOST_TEST(field(connection.read().body, "/job_id") == "second");
  BOOST_TEST(connection.read().status == 200);
  BOOST_TEST(connection.is_closed());
}

BOOST_AUTO_TEST_CASE(stopping_answers_who_waits_and_closes_who_does_not) {
  std::atomic<int> waiting{0};
  std::vector<reply<job_view_ptr>> waiters;
  gate.on_wait = [&](const auto&, duration, const auto& done) {
    waiters.push_back(done);
    ++waiting;
  };
  start();
  auto waiter = connect();
  waiter.send(http_request("GET", job_path + "?wait=55"));
  auto idle = connect();
  auto sending = connect();
  sending.send("POST /ocr/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{");
  while (waiting == 0)
    std::this_thread::yield();
  const auto used_port = port();
  const auto begun = std::chrono::steady_clock::now();
  running->stop();
  BOOST_TEST((std::chrono::steady_clock::now() - begun < 3s));
  const auto answer = waiter.read();
  BOOST_TEST(answer.status == 503);
  BOOST_TEST(problem_kind(answer) == "shutting-down");
  BOOST_TEST(answer.header("connection") == "close");
  BOOST_TEST(waiter.is_closed());
  BOOST_TEST(idle.is_closed());
  BOOST_TEST(sending.is_closed());
  BOOST_CHECK_THROW(http_connection{used_port}, std::system_error);
  waiters.at(0)(completed_job("late")); // changes nothing
  running.reset();
}

BOOST_AUTO_TEST_CASE(stopping_under_load_ends_in_time) {
  for (int round = 0; round < 5; ++round) {
    start();
    std::atomic<int> answered{0};
    std::vector<std::thread> clients;
    for (int i = 0; i < 4; ++i)
      clients.emplace_back([&, used_port = port()] {
        try {
          for (;;) {
            http_connection connection{used_port};
            for (int j = 0; j < 10; ++j) {
              connection.send(http_request("GET", "/health") +
                              http_request("POST", "/ocr/jobs", "Content-Type: application/json\r\n", job_body()));
              connection.read();
              connection.read();
              ++answered;
            }
          }
        } catch (const std::exception&) { // the server has gone
        }
      });
    while (answered < 50)
      std::this_thread::yield();
    const auto begun = std::chrono::steady_clock::now();
    running.reset();
    BOOST_TEST((std::chrono::steady_clock::now() - begun < 3s));
    for (auto& client : clients)
      client.join();
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_left_is_no_harm) {
  std::atomic<int> waiting{0};
  std::vector<reply<job_view_ptr>> waiters;
  gate.on_wait = [&](const auto&, duration, const auto& done) {
    waiters.push_back(done);
    ++waiting;
  };
  start();
  {
    auto leaver = connect();
    leaver.send(http_request("GET", job_path + "?wait=55"));
    while (waiting == 0)
      std::this_thread::yield();
  }
  BOOST_TEST(get("/livez").status == 200);
  waiters.at(0)(completed_job("late"));
  BOOST_TEST(get("/livez").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
