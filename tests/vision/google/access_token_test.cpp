#include "core/base64.hpp"
#include "google_fixture.hpp"
#include "vision/google/access_token.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;
using namespace std::chrono_literals;

namespace {

using token_ptr = std::shared_ptr<const access_token>;

/// A source of tokens with a clock that the test moves.
struct token_fixture : google_fixture {
  explicit token_fixture(fake::fake_vision_config config = {}) : google_fixture{std::move(config)} {}

  google_credentials credentials(const google_config& settings) {
    auto loaded = load_credentials(settings);
    BOOST_REQUIRE(std::holds_alternative<google_credentials>(loaded));
    return std::get<google_credentials>(std::move(loaded));
  }

  std::variant<token_ptr, call_failure> ask(const std::stop_token& stop = {}) {
    http_transfer transfer{ca_file};
    return tokens.get(transfer, stop);
  }

  token_ptr got() {
    auto result = ask();
    if (const auto* failure = std::get_if<call_failure>(&result))
      BOOST_FAIL(failure->detail);
    return std::get<token_ptr>(result);
  }

  call_failure refused() {
    auto result = ask();
    BOOST_REQUIRE(std::holds_alternative<call_failure>(result));
    auto failure = std::get<call_failure>(result);
    BOOST_TEST(!failure.sent);
    BOOST_TEST(!failure.splittable);
    return failure;
  }

  std::atomic<timestamp> now{timestamp{1'000'000s}};
  access_token_source tokens{credentials(settings()), [this] { return now.load(); }};
};

} // namespace

BOOST_AUTO_TEST_SUITE(access_tokens)

BOOST_AUTO_TEST_CASE(a_token_serves_until_a_minute_before_its_end) {
  token_fixture f;
  const auto first = f.got();
  f.now = f.now.load() + 3539s;
  BOOST_TEST((f.got() == first));
  BOOST_TEST(f.token_calls() == 1U);
  f.now = f.now.load() + 1s;
  const auto second = f.got();
  BOOST_TEST(f.token_calls() == 2U);
  BOOST_TEST((second->value.reveal() != first->value.reveal()));
  BOOST_TEST(second->generation == 2U);
}

BOOST_AUTO_TEST_CASE(a_short_token_serves_half_its_time) {
  token_fixture f{{.token_lifetime = 10s}};
  f.got();
  f.now = f.now.load() + 4s;
  f.got();
  BOOST_TEST(f.token_calls() == 1U);
  f.now = f.now.load() + 1s;
  f.got();
  BOOST_TEST(f.token_calls() == 2U);
}

BOOST_AUTO_TEST_CASE(many_workers_share_one_request) {
  token_fixture f;
  f.server.add({.of = fake::request_kind::token, .delay = 100ms});
  std::vector<std::string> values(8);
  {
    std::vector<std::jthread> workers;
    for (auto& value : values)
      workers.emplace_back([&] { value = std::get<token_ptr>(f.ask())->value.reveal(); });
  }
  BOOST_TEST(f.token_calls() == 1U);
  BOOST_TEST((std::set<std::string>(values.begin(), values.end()).size()) == 1U);
}

BOOST_AUTO_TEST_CASE(a_failed_request_leaves_the_next_worker_to_try) {
  token_fixture f;
  f.server.add({.of = fake::request_kind::token, .delay = 50ms, .status = 503});
  std::atomic<int> good = 0, bad = 0;
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < 4; ++i)
      workers.emplace_back([&] { ++(std::holds_alternative<token_ptr>(f.ask()) ? good : bad); });
  }
  BOOST_TEST(good == 3);
  BOOST_TEST(bad == 1);
  BOOST_TEST(f.token_calls() == 2U);
}

BOOST_AUTO_TEST_CASE(one_refusal_renews_and_two_in_a_row_are_final) {
  token_fixture f;
  const auto first = f.got();
  BOOST_TEST(!f.tokens.refused(first->generation));
  // Another worker, the same token.
  BOOST_TEST(!f.tokens.refused(first->generation));
  const auto second = f.got();
  BOOST_TEST(second->generation == 2U);
  BOOST_TEST(f.tokens.refused(second->generation));
  const auto third = f.got();
  // What an older token did no longer matters.
  f.tokens.accepted(first->generation);
  BOOST_TEST(f.tokens.refused(third->generation));
  const auto fourth = f.got();
  f.tokens.accepted(fourth->generation);
  BOOST_TEST(!f.tokens.refused(fourth->generation));
}

BOOST_AUTO_TEST_CASE(failures_of_the_token_server) {
  token_fixture f;
  const struct {
    fake::fault planned;
    ec code;
    std::string_view says;
  } table[] = {
      {{.status = 400, .message = "Invalid JWT Signature.", .reason = "invalid_grant"},
       ec::account_refused,
       "answered 400: invalid_grant: Invalid JWT Signature."},
      {{.status = 401, .reason = "invalid_client"}, ec::account_refused, "invalid_client"},
      {{.status = 403, .body = "<html>"}, ec::account_refused, "answered 403"},
      {{.status = 403, .body = std::string(100'000, ' ')}, ec::account_refused, "answered 403"},
      {{.status = 429, .body = "{}"}, ec::engine_unavailable, "answered 429"},
      {{.status = 429, .retry_after = "86400", .body = "{}"}, ec::engine_unavailable, "answered 429"},
      {{.status = 503, .retry_after = "86400", .body = "{}"}, ec::engine_unavailable, "answered 503"},
      {{.status = 500, .body = ""}, ec::engine_unavailable, "answered 500"},
      {{.status = 503, .body = "{}"}, ec::engine_unavailable, "answered 503"},
      {{.status = 302, .body = "{}"}, ec::engine_unavailable, "answered 302"},
      {{.body = "{}"}, ec::engine_unavailable, "without a token"},
      {{.body = "[]"}, ec::engine_unavailable, "without a token"},
      {{.body = std::string(10'000, '[')}, ec::engine_unavailable, "without a token"},
      {{.body = R"({"access_token":"a\r\nb","expires_in":3600})"}, ec::engine_unavailable, "without a token"},
      {{.body = R"({"access_token":"a","expires_in":-1})"}, ec::engine_unavailable, "without a token"},
      {{.body = R"({"access_token":"a","expires_in":"3600"})"}, ec::engine_unavailable, "without a token"},
      {{.body = std::string(100'000, ' ')}, ec::engine_unavailable, "more than 65536 bytes"},
      {{.breaks = fake::breakage::reset_before_answer}, ec::engine_unavailable, "no access token"},
      {{.breaks = fake::breakage::cut_answer}, ec::engine_unavailable, "no access token"},
      {{.malformed = true}, ec::engine_unavailable, "without a token"},
  };
  for (auto [planned, code, says] : table) {
    planned.of = fake::request_kind::token;
    f.server.add(planned);
    const auto failure = f.refused();
    BOOST_TEST(to_string(failure.code) == to_string(code), failure.detail);
    BOOST_TEST(failure.detail.find(says) != std::string::npos, failure.detail);
    BOOST_TEST(failure.retry_after.has_value() == (planned.status == 429 || !planned.retry_after.empty()));
    // A longer pause would be a mistake of the server's.
    BOOST_TEST((failure.retry_after.value_or(duration::zero()) <= 1h));
  }
  f.got();
}

BOOST_AUTO_TEST_CASE(a_dead_token_server_is_no_engine) {
  token_fixture f;
  f.server.outage_for(1h, 0);
  const auto failure = f.refused();
  BOOST_TEST(to_string(failure.code) == "engine_unavailable");
  BOOST_TEST(f.token_calls() == 0U);
}

BOOST_AUTO_TEST_CASE(an_account_that_is_not_known_is_refused) {
  token_fixture f;
  const google_fixture other;
  // Another key, for the same account and place.
  auto json = other.server.credentials_json();
  const auto theirs = other.server.url(), ours = f.server.url();
  json.replace(json.find(theirs), theirs.size(), ours);
  auto settings = f.settings();
  settings.credentials_json = secret{json};
  access_token_source tokens{f.credentials(settings), [&] { return f.now.load(); }};
  http_transfer transfer{f.ca_file};
  auto result = tokens.get(transfer, {});
  BOOST_REQUIRE(std::holds_alternative<call_failure>(result));
  BOOST_TEST(to_string(std::get<call_failure>(result).code) == "account_refused");
  BOOST_TEST(std::get<call_failure>(result).detail.ends_with("invalid_grant: Invalid JWT Signature."));
}

BOOST_AUTO_TEST_CASE(a_stop_ends_the_request_and_the_wait_for_it) {
  token_fixture f;
  f.server.add({.of = fake::request_kind::token, .stall = true});
  std::stop_source stop;
  std::atomic<int> cancelled = 0;
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < 3; ++i)
      workers.emplace_back([&] {
        const auto result = f.ask(stop.get_token());
        const auto* failure = std::get_if<call_failure>(&result);
        if (failure != nullptr && failure->code == ec::cancelled && !failure->sent)
          ++cancelled;
      });
    while (f.token_calls() == 0)
      std::this_thread::yield();
    stop.request_stop();
  }
  BOOST_TEST(cancelled == 3);
  // Nobody is taken to be renewing still.
  f.got();
}

BOOST_AUTO_TEST_CASE(the_assertion_says_what_google_asks_for) {
  token_fixture f;
  const auto credentials = f.credentials(f.settings());
  const auto made = make_assertion(std::get<service_account>(credentials), std::chrono::sys_seconds{1'700'000'000s});
  const std::string text{made.reveal()};
  const auto first = text.find('.'), last = text.rfind('.');
  BOOST_TEST(text.substr(0, first) == base64url(R"({"alg":"RS256","typ":"JWT","kid":"fake-key"})"));
  BOOST_TEST(text.substr(first + 1, last - first - 1) ==
             base64url(R"({"iss":"glyphgate@fake-project.iam.gserviceaccount.com",)"
                       R"("scope":"https://www.googleapis.com/auth/cloud-vision","aud":")" +
                       f.server.url() + R"(/token","iat":1700000000,"exp":1700003600})"));
  BOOST_TEST(text.size() - last - 1 == base64url(std::string(256, 's')).size());
}

BOOST_AUTO_TEST_SUITE_END()
