#include "../server_fixture.hpp"
#include "core/digest.hpp"
#include "core/keys/api_key.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace glyphgate::http::test;
using namespace std::chrono_literals;

namespace {

const std::string job_path = "/ocr/jobs/0123456789abcdef0123456789abcdef";

std::string key(std::uint8_t number) {
  return std::string{api_key_of({number}).reveal()};
}

std::string bearer(std::uint8_t number) {
  return "Authorization: Bearer " + key(number) + "\r\n";
}

struct keyed_fixture : server_fixture {
  keyed_fixture() { keys = std::make_shared<live_keys>(ring({{"alice", 1}, {"bob", 2}})); }

  static std::shared_ptr<const key_ring> ring(const std::vector<std::pair<std::string, std::uint8_t>>& holders) {
    std::string text;
    for (const auto& [name, number] : holders)
      text += name + ":" + to_hex(sha256(key(number))) + "\n";
    return std::make_shared<const key_ring>(std::get<key_ring>(key_ring::parse(text)));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(api_keys_at_the_door, keyed_fixture)

BOOST_AUTO_TEST_CASE(every_form_of_a_key_lets_in) {
  start();
  for (const auto& fields :
       {bearer(1), "authorization: bEARER   " + key(1) + " \r\n", "X-API-Key: " + key(1) + "\r\n",
        "x-goog-api-key: " + key(2) + "\r\n",
        bearer(1) + "X-API-Key: " + key(1) + "\r\nX-Goog-Api-Key: " + key(1) + "\r\n",
        "Authorization: Basic bWU6cHc=\r\nX-API-Key: " + key(1) + "\r\n", "X-API-Key:\r\n" + bearer(1)})
    BOOST_TEST(get("/ocr/jobs", fields).status == 200, fields);
}

BOOST_AUTO_TEST_CASE(who_shows_none_is_asked_for_one) {
  start();
  for (const auto& fields :
       {std::string{}, std::string{"X-API-Key:\r\n"}, std::string{"Authorization: Basic bWU6cHc=\r\n"},
        "Authorization: Bearer" + key(1) + "\r\n", "Authorization: " + key(1) + "\r\n"})
    for (const auto* target : {"/ocr/jobs", "/usage", "/capacity", "/no/such/path", "/health/x", "/ocr/jobs?key=x"}) {
      const auto answer = get(target, fields);
      BOOST_TEST(answer.status == 401, target << " " << fields);
      BOOST_TEST(problem_kind(answer) == "api-key-required");
      BOOST_TEST(answer.header("www-authenticate") == R"(Bearer realm="glyphgate")");
      BOOST_TEST(answer.header("ratelimit") == "");
    }
  BOOST_TEST(gate.usages == 0);
}

BOOST_AUTO_TEST_CASE(a_key_that_nobody_has_is_refused_and_told_from_one_that_is_none) {
  start();
  const auto unknown = get("/ocr/jobs", bearer(3));
  BOOST_TEST(problem_kind(unknown) == "api-key-invalid");
  BOOST_TEST(unknown.header("www-authenticate") == R"(Bearer realm="glyphgate", error="invalid_token")");
  BOOST_TEST(field(unknown.body, "/detail").find("nobody has that key here") != std::string::npos);
  auto mistyped = key(1);
  mistyped[10] = mistyped[10] == 'x' ? 'y' : 'x';
  for (const auto& shown : {mistyped, key(1).substr(1), std::string{"AIza-of-another-service"}}) {
    const auto answer = get("/ocr/jobs", "X-API-Key: " + shown + "\r\n");
    BOOST_TEST(problem_kind(answer) == "api-key-invalid");
    BOOST_TEST(field(answer.body, "/detail").find("mistyped") != std::string::npos);
    BOOST_TEST(answer.body.find(shown) == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(two_keys_that_differ_are_refused_also_where_both_are_good) {
  start();
  for (const auto& fields : {bearer(1) + "X-API-Key: " + key(2) + "\r\n", bearer(1) + bearer(2),
                             "X-API-Key: " + key(1) + "\r\nx-goog-api-key: nonsense\r\n"}) {
    const auto answer = get("/ocr/jobs", fields);
    BOOST_TEST(answer.status == 400);
    BOOST_TEST(field(answer.body, "/detail") == "the request shows two different API keys; send one of them");
  }
}

BOOST_AUTO_TEST_CASE(the_query_holds_no_key_here) {
  start();
  BOOST_TEST(get("/ocr/jobs?key=" + key(1)).status == 401);
  BOOST_TEST(get("/ocr/jobs?key=" + key(2), bearer(1)).status == 200);
}

BOOST_AUTO_TEST_CASE(what_monitors_need_is_open_and_health_tells_strangers_its_status_only) {
  start();
  for (const auto* path : {"/", "/livez", "/readyz", "/health"})
    BOOST_TEST(get(path).status == 200, path);
  BOOST_TEST(get("/health").body == R"({"status":"healthy"})");
  BOOST_TEST(field(get("/health", bearer(1)).body, "/version") == "1.2.3");
  BOOST_TEST(get("/health", bearer(3)).status == 401);
  // A monitor's stale key does no harm where none is needed.
  BOOST_TEST(get("/livez", bearer(3)).status == 200);
}

BOOST_AUTO_TEST_CASE(without_keys_nobody_is_asked_and_any_key_will_do) {
  keys = std::make_shared<live_keys>(std::make_shared<const key_ring>());
  start();
  BOOST_TEST(get("/ocr/jobs").status == 200);
  BOOST_TEST(get("/ocr/jobs", bearer(1) + "X-API-Key: other\r\n").status == 200);
  BOOST_TEST(field(get("/health").body, "/version") == "1.2.3");
}

BOOST_AUTO_TEST_CASE(a_stranger_is_refused_at_the_header_and_no_byte_of_the_body_is_waited_for) {
  settings.http.max_body_mb = 1;
  settings.http.max_inflight_mb = 1;
  start();
  for (const std::string length :
       {"Content-Length: 1048576", "Content-Length: 99999999999", "Transfer-Encoding: chunked"})
    for (const auto* target : {"/ocr/jobs", "/capacity", "/", "/livez", "/health", "/no/such/path"}) {
      auto client = connect();
      client.send("POST " + std::string{target} + " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n" + length +
                  "\r\n\r\n");
      const auto answer = client.read();
      BOOST_TEST(answer.status == 401, target << " " << length);
      BOOST_TEST(answer.header("connection") == "close");
      BOOST_TEST(client.is_closed());
    }
  // All that bodies may take is there for who has a key.
  std::vector<http_connection> strangers;
  for (int i = 0; i < 20; ++i) {
    strangers.push_back(connect());
    strangers.back().send("POST /ocr/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\nxxxx");
  }
  auto known = connect();
  known.send("POST /ocr/jobs HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n" + bearer(1) +
             "Content-Length: 1048576\r\n\r\n");
  BOOST_TEST(known.read().status == 100);
  for (auto& stranger : strangers)
    BOOST_TEST(stranger.read().status == 401);
}

BOOST_AUTO_TEST_CASE(a_refusal_without_a_body_keeps_the_connection) {
  start();
  auto client = connect();
  client.send("GET /ocr/jobs HTTP/1.1\r\nHost: x\r\n\r\nGET /ocr/jobs HTTP/1.1\r\nHost: x\r\n" + bearer(1) + "\r\n");
  BOOST_TEST(client.read().status == 401);
  BOOST_TEST(client.read().status == 200);
}

BOOST_AUTO_TEST_CASE(who_is_refused_does_not_use_the_service) {
  start();
  const auto before = running->last_used();
  BOOST_TEST(get("/ocr/jobs").status == 401);
  BOOST_TEST(post_json("/ocr/jobs", "{}").status == 401);
  BOOST_TEST((running->last_used() == before));
  BOOST_TEST(get("/ocr/jobs", bearer(1)).status == 200);
  BOOST_TEST((running->last_used() > before));
}

BOOST_AUTO_TEST_CASE(other_keys_are_in_force_with_the_next_request) {
  start();
  auto client = connect();
  const auto ask = [&](std::uint8_t number) {
    client.send("GET /ocr/jobs HTTP/1.1\r\nHost: x\r\n" + bearer(number) + "\r\n");
    return client.read().status;
  };
  BOOST_TEST(ask(1) == 200);
  BOOST_TEST(ask(3) == 401);
  keys->replace(ring({{"alice", 3}}));
  BOOST_TEST(ask(1) == 401);
  BOOST_TEST(ask(3) == 200);
}

// What was kept for alice is not given to bob: the gateway, which knows whose job it is, is asked again.
BOOST_AUTO_TEST_CASE(a_result_that_is_kept_is_its_owners) {
  const auto job = std::make_shared<job_view>();
  job->id = "0123456789abcdef0123456789abcdef";
  job->status = job_status::failed;
  job->completed_at = at(1min);
  job->expires_at = at(1h);
  gate.on_get = [&](const auto&, const auto& done) { done(job_view_ptr{job}); };
  start();
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(get(job_path, bearer(1)).status == 200);
  BOOST_TEST(gate.gets == 1);
  BOOST_TEST(get(job_path, bearer(2)).status == 200);
  BOOST_TEST(gate.gets == 2);
  BOOST_TEST(get(job_path).status == 401);
  BOOST_TEST(gate.gets == 2);
}

// Every way to a job carries the name of the key, and the job that is posted is that name's.
BOOST_AUTO_TEST_CASE(the_gateway_is_told_whose_job_it_is) {
  std::vector<owner_name> askers;
  gate.on_asker = [&](const owner_name& name) { askers.push_back(name); };
  std::vector<owner_name> owners;
  gate.on_submit = [&](const auto& spec, const auto& done) {
    owners.push_back(spec->owner);
    submission s;
    s.id = "a";
    done(s);
  };
  gate.on_quote = [&](const auto& spec, const auto& done) {
    owners.push_back(spec->owner);
    done(glyphgate::quote{});
  };
  start();
  const std::vector<owner_name> names{"alice", "bob"};
  for (std::uint8_t number = 1; number <= 2; ++number) {
    const auto fields = bearer(number);
    get("/ocr/jobs", fields);
    get(job_path, fields);
    get(job_path + "?wait=1", fields);
    call("DELETE", job_path, fields);
    const auto json = fields + "Content-Type: application/json\r\n";
    BOOST_TEST(call("POST", "/ocr/jobs", json, job_body()).status == 202);
    BOOST_TEST(call("POST", "/ocr/jobs?dry_run=1", json, job_body()).status == 200);
    BOOST_TEST(askers == std::vector<owner_name>(4, names[number - 1U]), boost::test_tools::per_element());
    BOOST_TEST(owners == std::vector<owner_name>(2, names[number - 1U]), boost::test_tools::per_element());
    askers.clear();
    owners.clear();
  }
}

BOOST_AUTO_TEST_SUITE_END()
