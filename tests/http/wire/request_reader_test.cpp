#include "http/wire/request_reader.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using namespace glyphgate::http;
using namespace std::string_view_literals;

namespace {

// What one connection's bytes are cut into, fed in pieces of that size.
struct reading {
  std::vector<request> requests;
  /// The refusal's status, or 0.
  unsigned refused = 0;
};

reading read_all(std::string_view bytes, std::size_t piece = std::string_view::npos, const reader_limits& limits = {}) {
  request_reader reader{limits};
  reading result;
  while (!bytes.empty()) {
    auto part = bytes.substr(0, piece);
    bytes.remove_prefix(part.size());
    while (!part.empty()) {
      part.remove_prefix(reader.consume(part));
      if (reader.refusal()) {
        result.refused = reader.refusal()->status;
        BOOST_TEST(reader.consume("GET / HTTP/1.1\r\nHost: x\r\n\r\n") == 0U);
        BOOST_TEST(reader.refusal()->close);
        return result;
      }
      if (reader.complete())
        result.requests.push_back(reader.take());
    }
  }
  return result;
}

std::string with_field(std::string_view line) {
  return "GET / HTTP/1.1\r\nHost: x\r\n" + std::string{line} + "\r\n\r\n";
}

std::string chunked(std::string_view body) {
  return "POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string{body};
}

} // namespace

BOOST_AUTO_TEST_SUITE(request_reading)

BOOST_AUTO_TEST_CASE(a_request_is_taken_apart) {
  const auto got = read_all("POST /ocr/jobs?id=a%20b HTTP/1.1\r\nHost: example.org:8000\r\nX-Thing: \t one two \t\r\n"
                            "Empty:\r\nCONTENT-length: 5\r\n\r\nhello");
  BOOST_TEST_REQUIRE(got.requests.size() == 1U);
  const auto& r = got.requests.front();
  BOOST_TEST(r.method() == "POST");
  BOOST_TEST(r.path() == "/ocr/jobs");
  BOOST_TEST(r.query() == "id=a%20b");
  BOOST_TEST(r.header("x-thing") == "one two");
  BOOST_TEST(r.header("empty") == "");
  BOOST_TEST(r.header("missing") == "");
  BOOST_TEST(r.header("content-length") == "5");
  BOOST_TEST(r.body.view() == "hello");
  BOOST_TEST(r.keep_alive());
}

BOOST_AUTO_TEST_CASE(the_connection_is_kept_as_the_version_and_the_client_say) {
  const auto keeps = [](std::string_view version, std::string_view field) {
    const auto got = read_all("GET / HTTP/" + std::string{version} + "\r\nHost: x\r\n" + std::string{field} + "\r\n");
    return got.requests.at(0).keep_alive();
  };
  BOOST_TEST(keeps("1.1", ""));
  BOOST_TEST(!keeps("1.1", "Connection: Close\r\n"));
  BOOST_TEST(!keeps("1.1", "Connection: upgrade, close\r\n"));
  BOOST_TEST(!keeps("1.0", ""));
  BOOST_TEST(keeps("1.0", "Connection: keep-alive\r\n"));
}

BOOST_AUTO_TEST_CASE(a_proxy_s_form_of_the_target_means_its_path) {
  BOOST_TEST(read_all("GET http://h:80/a?b=/c HTTP/1.1\r\nHost: h\r\n\r\n").requests.at(0).path() == "/a");
  BOOST_TEST(read_all("GET /a?b=http://h/c HTTP/1.1\r\nHost: h\r\n\r\n").requests.at(0).path() == "/a");
  BOOST_TEST(read_all("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").requests.at(0).path() == "*");
}

BOOST_AUTO_TEST_CASE(chunks_are_joined_and_their_extensions_and_trailers_left_out) {
  const auto got = read_all(chunked("5\r\nhello\r\n00A;name=\"v\" ; x\r\n, world...\r\n0\r\nTrailer: t\r\n\r\n"));
  BOOST_TEST(got.requests.at(0).body.view() == "hello, world...");
  BOOST_TEST(got.requests.at(0).header("trailer") == "");
}

BOOST_AUTO_TEST_CASE(empty_lines_before_a_request_are_skipped) {
  BOOST_TEST(read_all("\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n\r\n").requests.size() == 1U);
}

BOOST_AUTO_TEST_CASE(ambiguous_and_malformed_requests_are_refused) {
  struct sample {
    std::string bytes;
    unsigned status;
  };
  const std::vector<sample> samples{
      // Host
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      // versions
      {"GET / HTTP/9.9\r\nHost: x\r\n\r\n", 505},
      {"GET / HTTP/0.9\r\nHost: x\r\n\r\n", 505},
      {"PRI * HTTP/2.0\r\n\r\n", 505},
      {"GET / HTTP/1.1x\r\nHost: x\r\n\r\n", 400},
      {"GET / http/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /\r\n\r\n", 400},
      // request line
      {"\x16\x03\x01\x02\r\n\r\n", 400},
      {"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET / HTTP/1.1 \r\nHost: x\r\n\r\n", 400},
      {" GET / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"G(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      // line ends
      {"GET / HTTP/1.1\nHost: x\n\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\n\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\n\r\n", 400},
      {"\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {with_field("X: a\rb"), 400},
      {with_field("X: \rxTransfer-Encoding: chunked"), 400},
      {with_field("X: a\r"), 400},
      // fields
      {with_field("X: a\r\n folded"), 400},
      {with_field("X: a\r\n\tfolded"), 400},
      {with_field(" X: a"), 400},
      {with_field("X : a"), 400},
      {with_field("Transfer-Encoding : chunked"), 400},
      {with_field("no colon"), 400},
      {with_field(": nameless"), 400},
      {with_field("X(y): a"), 400},
      {with_field("X\xc3\xa9: a"), 400},
      {with_field("X: a" + std::string(1, '\0')), 400},
      {with_field("X: \x7f"), 400},
      // framing
      {with_field("Content-Length: 5\r\nTransfer-Encoding: chunked"), 400},
      {with_field("Transfer-Encoding: chunked\r\nContent-Length: 5"), 400},
      {with_field("Content-Length: 5\r\nContent-Length: 5"), 400},
      {with_field("Content-Length: 5\r\nContent-Length: 6"), 400},
      {with_field("Content-Length: 5, 5"), 400},
      {with_field("Content-Length: +5"), 400},
      {with_field("Content-Length: -5"), 400},
      {with_field("Content-Length: 0x5"), 400},
      {with_field("Content-Length: 5 5"), 400},
      {with_field("Content-Length:"), 400},
      {with_field("Content-Length: 99999999999999999999"), 400},
      {with_field("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), 400},
      {with_field("Transfer-Encoding: chunked, chunked"), 501},
      {with_field("Transfer-Encoding: gzip, chunked"), 501},
      {with_field("Transfer-Encoding: identity"), 501},
      {with_field("Transfer-Encoding: \x0b"
                  "chunked"),
       400},
      {with_field("Transfer-Encoding:"), 501},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {with_field("Expect: a-miracle"), 417},
      // sizes
      {with_field("Content-Length: 41943041"), 413},
      {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414},
      {"GET /" + std::string(40000, 'a'), 414},
      {with_field("X: " + std::string(40000, 'a')), 431},
      {"GET / HTTP/1.1\r\n" + std::string(4000, 'a') + ": " + std::string(40000, 'b'), 431},
      // chunks
      {chunked("5\r\nhelloXX0\r\n\r\n"), 400},
      {chunked("5\r\nhello0\r\n\r\n"), 400},
      {chunked("5\nhello\r\n0\r\n\r\n"), 400},
      {chunked("5\r\nhello\n0\r\n\r\n"), 400},
      {chunked("5;a\nb\r\nhello\r\n0\r\n\r\n"), 400},
      {chunked("5;a\rb\r\nhello\r\n0\r\n\r\n"), 400},
      {chunked("5 \r\nhello\r\n0\r\n\r\n"), 400},
      {chunked(" 5\r\nhello\r\n0\r\n\r\n"), 400},
      {chunked("0x5\r\nhello\r\n0\r\n\r\n"), 400},
      {chunked("-5\r\nhello\r\n0\r\n\r\n"), 400},
      {chunked("\r\nhello\r\n0\r\n\r\n"), 400},
      {chunked("g\r\n"), 400},
      {chunked("fffffffffffffffff\r\n"), 400},
      {chunked("ffffffffffffffff\r\n"), 413},
      {chunked("2800001\r\n"), 413},
      {chunked("5;" + std::string(300, 'x')), 400},
      {chunked("0\r\nbad trailer\r\n\r\n"), 400},
      {chunked("0\r\nX: a\r\n folded\r\n\r\n"), 400},
      {chunked("0\r\n" +
               [] {
                 std::string lines;
                 for (int i = 0; i < 2000; ++i)
                   lines += "X: y\r\n";
                 return lines;
               }()),
       400},
  };
  for (const auto& [bytes, status] : samples) {
    for (const std::size_t piece : {std::string_view::npos, std::size_t{1}, std::size_t{7}}) {
      const auto got = read_all(bytes, piece);
      BOOST_TEST(got.refused == status,
                 "expected " << status << ", got " << got.refused << " for: " << bytes.substr(0, 120));
      BOOST_TEST(got.requests.empty(), "passed: " << bytes.substr(0, 120));
    }
  }
}

BOOST_AUTO_TEST_CASE(too_many_fields_are_refused) {
  std::string many = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 99; ++i)
    many += "X: y\r\n";
  BOOST_TEST(read_all(many + "\r\n").requests.size() == 1U);
  BOOST_TEST(read_all(many + "X: y\r\n\r\n").refused == 431U);
}

// How the bytes are cut on the way changes nothing, and nothing of one request becomes another.
BOOST_AUTO_TEST_CASE(requests_are_the_same_however_they_arrive) {
  const std::string stream = "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n" +
                             chunked("3\r\nabc\r\n12;e\r\nGET / HTTP/1.1\r\n\r\n\r\n0\r\n\r\n") +
                             "\r\nPOST /3 HTTP/1.1\r\nHost: x\r\nContent-Length: 18\r\n\r\nGET / HTTP/1.1\r\n\r\n"
                             "DELETE /4 HTTP/1.1\r\nHost: x\r\n\r\n";
  BOOST_TEST(rc::check("any cut of the stream", [&] {
    request_reader reader{reader_limits{}};
    std::vector<request> got;
    std::string_view rest = stream;
    while (!rest.empty()) {
      auto part = rest.substr(0, *rc::gen::inRange<std::size_t>(1, 40));
      rest.remove_prefix(part.size());
      while (!part.empty()) {
        part.remove_prefix(reader.consume(part));
        RC_ASSERT(!reader.refusal());
        if (reader.complete())
          got.push_back(reader.take());
      }
    }
    RC_ASSERT(got.size() == 4U);
    RC_ASSERT(got[0].path() == "/1");
    RC_ASSERT(got[1].body.view() == "abcGET / HTTP/1.1\r\n\r\n");
    RC_ASSERT(got[2].body.view() == "GET / HTTP/1.1\r\n\r\n");
    RC_ASSERT(got[3].method() == "DELETE");
    RC_ASSERT(reader.idle());
  }));
}

BOOST_AUTO_TEST_CASE(arbitrary_bytes_are_read_or_refused_and_never_more) {
  BOOST_TEST(rc::check("mutated requests", [] {
    std::string bytes = chunked("5\r\nhello\r\n0\r\n\r\n") + with_field("Content-Length: 3") + "abc";
    const auto changes = *rc::gen::inRange(1, 6);
    for (int i = 0; i < changes; ++i)
      bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
    const auto whole = read_all(bytes);
    const auto cut = read_all(bytes, 1);
    RC_ASSERT(whole.refused == cut.refused);
    RC_ASSERT(whole.requests.size() == cut.requests.size());
    for (std::size_t i = 0; i < whole.requests.size(); ++i)
      RC_ASSERT(whole.requests[i].body.view() == cut.requests[i].body.view());
  }));
}

BOOST_AUTO_TEST_CASE(whether_the_client_waits_for_continue_is_told_once) {
  request_reader reader{reader_limits{}};
  reader.consume("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n");
  BOOST_TEST(reader.wants_continue());
  BOOST_TEST(!reader.wants_continue());
  reader.consume("x");
  BOOST_TEST(reader.complete());
  reader.take();
  reader.consume("GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n");
  BOOST_TEST(!reader.wants_continue());
}

BOOST_AUTO_TEST_CASE(all_bodies_together_are_bounded) {
  const auto budget = std::make_shared<memory_budget>(10);
  reader_limits limits;
  limits.budget = budget;
  const std::string post = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabcdef";
  {
    const auto first = read_all(post, std::string_view::npos, limits);
    BOOST_TEST(first.requests.size() == 1U);
    BOOST_TEST(budget->used() == 6U);
    BOOST_TEST(read_all(post, 1, limits).refused == 503U);
    BOOST_TEST(budget->used() == 6U);
    BOOST_TEST(read_all("GET / HTTP/1.1\r\nHost: x\r\n\r\n", 1, limits).requests.size() == 1U);
  }
  BOOST_TEST(budget->used() == 0U);
  BOOST_TEST(read_all(post, 1, limits).requests.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_body_of_known_length_is_refused_before_it_is_sent) {
  const auto budget = std::make_shared<memory_budget>(10);
  reader_limits limits;
  limits.budget = budget;
  const std::string head = "POST /p HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\n";
  {
    request_reader first{limits};
    first.consume(head);
    BOOST_TEST(first.wants_continue());
    BOOST_TEST(budget->used() == 6U);
    request_reader second{limits};
    second.consume(head);
    BOOST_TEST_REQUIRE(second.refusal().has_value());
    BOOST_TEST(second.refusal()->status == 503U);
    BOOST_TEST(second.refusal()->kind == "queue-full");
    BOOST_TEST(second.refusal()->retry_after.value().count() == 1);
    BOOST_TEST(second.refusal()->detail.find("MAX_INFLIGHT_MB") != std::string::npos);
    BOOST_TEST(!second.wants_continue());
    BOOST_TEST(second.take().path() == "/p");
    BOOST_TEST(budget->used() == 6U);
    first.end(); // cut short
    BOOST_TEST(budget->used() == 0U);
  }
  {
    request_reader left{limits};
    left.consume(head + "abc");
    BOOST_TEST(budget->used() == 6U);
  }
  BOOST_TEST(budget->used() == 0U);
}

BOOST_AUTO_TEST_CASE(a_chunked_body_counts_as_it_comes) {
  constexpr std::uint64_t limit = 100'000;
  const auto budget = std::make_shared<memory_budget>(limit);
  reader_limits limits;
  limits.budget = budget;
  const std::string chunk = "2710\r\n" + std::string(10'000, 'x') + "\r\n";
  request_reader first{limits};
  first.consume(chunked(""));
  BOOST_TEST(budget->used() == 0U);
  for (std::uint64_t i = 1; i <= 6; ++i) {
    first.consume(chunk);
    BOOST_TEST(budget->used() >= i * 10'000);
    BOOST_TEST(budget->used() <= i * 10'000 + i * 10'000 / 8 + 16 * 1024);
  }
  request_reader second{limits};
  second.consume(chunked(""));
  for (int i = 0; i < 10 && !second.refusal(); ++i)
    second.consume(chunk);
  BOOST_TEST_REQUIRE(second.refusal().has_value());
  BOOST_TEST(second.refusal()->status == 503U);
  first.consume("0\r\n\r\n");
  BOOST_TEST_REQUIRE(first.complete());
  BOOST_TEST(budget->used() == 60'000U);
  BOOST_TEST(first.take().body.size() == 60'000U);
  BOOST_TEST(budget->used() == 0U);
  first.consume(chunked("5\r\nhello"));
  BOOST_TEST(budget->used() != 0U);
  first.consume("X");
  BOOST_TEST(first.refusal().has_value() == false);
  first.consume("X");
  BOOST_TEST(first.refusal().has_value());
  BOOST_TEST(budget->used() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
