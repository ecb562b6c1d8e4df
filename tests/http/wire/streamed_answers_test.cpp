// Answers whose bodies are made while they are sent.
#include "../server_fixture.hpp"
#include "http/wire/pace.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <utility>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace glyphgate::http::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t piece_size = 64 * 1024;

/// So many pieces, then the end or a failure. They are made on the caller's thread.
class counted_pieces : public body_source {
public:
  counted_pieces(int pieces, bool fails, std::atomic<int>& made, std::size_t held)
      : left_{pieces},
        fails_{fails},
        made_{made},
        held_{held} {}

  void next(piece_taker done) override {
    if (left_ == 0)
      return done(fails_ ? std::nullopt : std::optional<std::string>{std::string{}});
    --left_;
    ++made_;
    done(std::string(piece_size, static_cast<char>('a' + left_ % 26)));
  }
  std::size_t held() const override { return held_; }

private:
  int left_;
  bool fails_;
  std::atomic<int>& made_;
  std::size_t held_;
};

/// Answers "/N" with N pieces, and "/N?fail" with as many and a failure.
class piece_handler : public handler {
public:
  std::atomic<int> made{0};
  std::atomic<std::size_t> held{2 * piece_size};

  admittance admit(const request&) override { return visitor{}; }
  bool is_use(const request&) const override { return true; }
  std::string_view route_of(const request&) const override { return "/{pieces}"; }
  void handle(const exchange_ptr& ex) override {
    response r;
    r.content_type = "text/plain";
    const std::string path{ex->request().path()};
    r.source = std::make_shared<counted_pieces>(std::stoi(path.substr(1)), ex->request().query() == "fail", made, held);
    ex->answer(std::move(r));
  }
  void refuse(const exchange_ptr& ex, const problem& why) override { ex->answer(to_response(why)); }
  void refuse_new_work() override {}
  void stop() override {}
};

struct streaming_server {
  http_config settings;
  std::shared_ptr<piece_handler> pieces = std::make_shared<piece_handler>();
  std::unique_ptr<server> running;

  streaming_server() {
    log::configure({log_level::error, log_format::text});
    settings.port = 0;
  }

  void start() { running = std::make_unique<server>(settings, pieces, make_body_budget(settings)); }
  http_connection connect() const { return http_connection{running->port()}; }
};

/// What `counted_pieces` makes.
std::string body_of(int pieces) {
  std::string body;
  while (pieces-- != 0)
    body += std::string(piece_size, static_cast<char>('a' + pieces % 26));
  return body;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(streamed_answers, streaming_server)

BOOST_AUTO_TEST_CASE(pieces_are_chunks_and_the_connection_goes_on) {
  start();
  auto connection = connect();
  for (const int count : {3, 0, 40}) {
    connection.send(http_request("GET", "/" + std::to_string(count)));
    const auto answer = connection.read();
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.header("transfer-encoding") == "chunked");
    BOOST_TEST(answer.header("content-length").empty());
    BOOST_TEST((answer.body == body_of(count)));
  }
}

BOOST_AUTO_TEST_CASE(requests_that_are_sent_ahead_are_answered_in_order) {
  start();
  auto connection = connect();
  connection.send(http_request("GET", "/20") + http_request("GET", "/1") + http_request("GET", "/2"));
  for (const int count : {20, 1, 2})
    BOOST_TEST((connection.read().body == body_of(count)));
}

BOOST_AUTO_TEST_CASE(the_answer_to_head_has_no_body) {
  start();
  auto connection = connect();
  connection.send(http_request("HEAD", "/3"));
  BOOST_TEST(connection.read(true).header("transfer-encoding") == "chunked");
  BOOST_TEST(pieces->made == 0);
  connection.send(http_request("GET", "/1"));
  BOOST_TEST((connection.read().body == body_of(1)));
}

BOOST_AUTO_TEST_CASE(for_an_old_client_the_connection_s_end_is_the_body_s_end) {
  start();
  auto connection = connect();
  connection.send("GET /3 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto all = connection.read_to_end();
  const auto head = all.substr(0, all.find("\r\n\r\n") + 4);
  BOOST_TEST(head.find("Transfer-Encoding") == std::string::npos);
  BOOST_TEST(head.find("Connection: close") != std::string::npos);
  BOOST_TEST((all.substr(head.size()) == body_of(3)));
}

BOOST_AUTO_TEST_CASE(a_body_that_cannot_go_on_is_not_taken_for_whole) {
  start();
  auto connection = connect();
  connection.send(http_request("GET", "/2?fail"));
  BOOST_TEST(!connection.read_to_end().ends_with("0\r\n\r\n"));
  auto next = connect();
  next.send(http_request("GET", "/1"));
  BOOST_TEST((next.read().body == body_of(1)));
}

BOOST_AUTO_TEST_CASE(no_more_is_made_than_the_client_takes) {
  settings.write_timeout = 1s;
  start();
  auto lazy = connect();
  lazy.send(http_request("GET", "/100000"));
  // It reads nothing, so its connection is closed; what the systems between the two hold was made.
  const auto deadline = std::chrono::steady_clock::now() + test_patience;
  while (running->last_used() > std::chrono::steady_clock::now() - 100ms && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  BOOST_TEST(pieces->made > 0);
  BOOST_TEST(pieces->made < 200);
}

BOOST_AUTO_TEST_CASE(what_they_hold_counts_among_the_answers_that_wait) {
  settings.max_answers_mb = 1;
  pieces->held = 900 * 1024;
  start();
  auto first = connect();
  first.send(http_request("GET", "/100000"));
  BOOST_TEST(first.has_input_within(test_patience));
  auto second = connect();
  second.send(http_request("GET", "/1"));
  BOOST_TEST(second.read().status == 503);
  first.reset();
  // Its place is free as soon as it is seen to have gone.
  const auto deadline = std::chrono::steady_clock::now() + test_patience;
  int status = 503;
  while (status == 503 && std::chrono::steady_clock::now() < deadline) {
    auto next = connect();
    next.send(http_request("GET", "/1"));
    status = next.read().status;
  }
  BOOST_TEST(status == 200);
}

BOOST_AUTO_TEST_CASE(the_stop_does_not_wait_for_them) {
  start();
  auto connection = connect();
  connection.send(http_request("GET", "/100000"));
  BOOST_TEST(connection.has_input_within(test_patience));
  const auto begin = std::chrono::steady_clock::now();
  running->stop();
  BOOST_TEST((std::chrono::steady_clock::now() - begin < 10s));
}

BOOST_AUTO_TEST_CASE(the_time_in_which_a_piece_is_made_is_not_the_client_s) {
  const steady_time begin{};
  pace sending{begin};
  sending.moved(begin + 1s, 1000);
  BOOST_TEST(!sending.is_too_slow(begin + 3s, 2s, 0));
  sending.rest(begin + 1s);
  sending.go_on(begin + 61s);
  BOOST_TEST(!sending.is_too_slow(begin + 63s, 2s, 0));
  BOOST_TEST(sending.is_too_slow(begin + 64s, 2s, 0));
  // 1000 bytes in a second beyond the two that are free.
  BOOST_TEST(!sending.is_too_slow(begin + 63s, 2s, 1000));
  BOOST_TEST(sending.is_too_slow(begin + 63s, 2s, 1001));
}

BOOST_AUTO_TEST_SUITE_END()
