#include "../server_fixture.hpp"
#include "core/digest.hpp"
#include "core/keys/api_key.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <string>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace glyphgate::http::test;
using namespace std::chrono_literals;

namespace {

std::string shown(std::uint8_t number) {
  return "Authorization: Bearer " + std::string{api_key_of({number}).reveal()} + "\r\n";
}

const std::string json_body_field = "Content-Type: application/json\r\n";

struct admin_fixture : server_fixture {
  admin_fixture() {
    const auto line = [](const std::string& name, std::uint8_t number, const char* words) {
      return name + ":" + to_hex(sha256(api_key_of({number}).reveal())) + words + "\n";
    };
    keys = std::make_shared<live_keys>(std::make_shared<const key_ring>(std::get<key_ring>(
        key_ring::parse(line("ops", 1, " admin") + line("alice", 2, " pages-per-job=2 budget-per-month=5.00")))));
    settings.budget.token = secret{"a token of the tests"};
  }

  static std::string alert(const std::string& cost, const std::string& budget,
                           const std::string& begin = "2026-01-01T08:00:00Z") {
    const auto data = to_base64(R"({"costAmount":)" + cost + R"(,"budgetAmount":)" + budget +
                                R"(,"costIntervalStart":")" + begin + R"(","currencyCode":"USD"})");
    return R"({"message":{"data":")" + data +
           R"(","attributes":{"budgetId":"of-the-month"},"messageId":"1"},"subscription":"projects/p/subscriptions/s"})";
  }
  http_answer push(const std::string& body, const std::string& token = "a%20token%20of%20the%20tests") const {
    return call("POST", "/admin/budget-alert?token=" + token, json_body_field, body);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(admin_paths, admin_fixture)

BOOST_AUTO_TEST_CASE(an_admin_stops_the_calls_and_resumes_them) {
  start();
  BOOST_TEST(
      call("POST", "/admin/pause", shown(1) + json_body_field, R"({"reason":"a bill","new_jobs":"refuse"})").status ==
      204);
  BOOST_REQUIRE_EQUAL(gate.stops.size(), 1U);
  BOOST_TEST(gate.stops[0].by == "ops");
  BOOST_TEST(gate.stops[0].reason == "a bill");
  BOOST_TEST(gate.stops[0].refuses_jobs);
  BOOST_TEST(call("POST", "/admin/pause", shown(1)).status == 204);
  BOOST_TEST(!gate.stops.at(1).refuses_jobs);
  BOOST_TEST(call("POST", "/admin/resume", shown(1)).status == 204);
  BOOST_TEST(gate.resumed_by.at(0) == "ops");
}

BOOST_AUTO_TEST_CASE(nobody_else_does) {
  start();
  for (const auto* path : {"/admin/pause", "/admin/resume"}) {
    BOOST_TEST(call("POST", path).status == 401);
    BOOST_TEST(call("POST", path, shown(2)).status == 403);
    BOOST_TEST(get(path, shown(1)).status == 405);
  }
  BOOST_TEST(get("/usage/export", shown(2)).status == 403);
  BOOST_TEST(gate.stops.empty());
  BOOST_TEST(gate.resumed_by.empty());
}

BOOST_AUTO_TEST_CASE(a_service_without_keys_says_how_to_become_an_admin) {
  keys = std::make_shared<live_keys>(std::make_shared<const key_ring>());
  start();
  const auto refused = call("POST", "/admin/resume");
  BOOST_TEST(refused.status == 403);
  BOOST_TEST(field(refused.body, "/detail").starts_with("this service has no keys, so it knows no admin"));
}

BOOST_AUTO_TEST_CASE(a_wrong_order_is_refused_and_changes_nothing) {
  start();
  for (const auto* body : {"[]", "{", R"({"reason":7})", R"({"reason":""})", R"({"new_jobs":"maybe"})",
                           "{\"reason\":\"caf\xe9\"}", R"({"reason":"a\u001bb"})"}) {
    const auto status = call("POST", "/admin/pause", shown(1) + json_body_field, body).status;
    BOOST_TEST((status == 400 || status == 422), body);
  }
  BOOST_TEST(gate.stops.empty());
}

BOOST_AUTO_TEST_CASE(a_budget_alert_is_heard_if_it_shows_the_token) {
  start();
  BOOST_TEST(push(alert("99.5", "100.0")).status == 204);
  BOOST_TEST(push(alert("100", "100")).status == 204);
  BOOST_REQUIRE_EQUAL(gate.heard.size(), 2U);
  BOOST_TEST(!gate.heard[0].is_too_much);
  BOOST_TEST(gate.heard[0].cost == 99'500'000U);
  BOOST_TEST(gate.heard[1].is_too_much);
  BOOST_TEST(to_rfc3339(gate.heard[1].interval) == "2026-01-01T08:00:00.000Z");
  BOOST_TEST(gate.heard[1].budget == "of-the-month");
  // A stranger's body is not received.
  BOOST_TEST(push(alert("100", "100"), "another").status == 401);
  BOOST_TEST(call("POST", "/admin/budget-alert", shown(1) + json_body_field, alert("1", "1")).status == 403);
  for (const auto& body : {std::string{"{}"}, std::string{R"({"message":{"data":"!"}})"}, alert("-1", "5"),
                           alert("1", "0"), alert("\"1\"", "5"), alert("1", "5", "2099-01-01T00:00:00Z")})
    BOOST_TEST(push(body).status == 400, body);
  BOOST_TEST(gate.heard.size() == 2U);
}

BOOST_AUTO_TEST_CASE(without_a_token_there_are_no_alerts) {
  settings.budget.token = {};
  start();
  BOOST_TEST(push(alert("100", "100"), "").status == 401);
  BOOST_TEST(push("", "").status == 403);
  BOOST_TEST(gate.heard.empty());
}

BOOST_AUTO_TEST_CASE(the_ledger_by_key_and_day) {
  const auto day = std::chrono::sys_days{std::chrono::year{2026} / 11 / 2};
  // Seven and eight hours behind UTC: the first hours of the second are the first's.
  gate.entries = {{day + 1h, "alice", {1, 1'500'000, 2250}},
                  {day + 12h, "alice", {2, 1'000'000, 1500}},
                  {day + 13h, "", {0, 250'000, 375}},
                  {day + 14h, "alice", {1, 0, 0}}};
  start();
  const auto json = get("/usage/export?from=2026-11-01&to=2026-11-02", shown(1));
  BOOST_TEST(json.status == 200);
  BOOST_TEST(field(json.body, "/days/0/date") == "2026-11-01");
  BOOST_TEST(field(json.body, "/days/0/api_calls") == "1.5");
  BOOST_TEST(field(json.body, "/days/1/key") == "");
  BOOST_TEST(field(json.body, "/days/2/jobs") == "3");
  const auto csv = get("/usage/export?format=csv", shown(1));
  BOOST_TEST(csv.body == "date,key,jobs,api_calls,usd\r\n2026-11-01,alice,1,1.5,0.00225\r\n"
                         "2026-11-02,,0,0.25,0.000375\r\n2026-11-02,alice,3,1.0,0.0015\r\n");
  BOOST_TEST(get("/usage/export?from=yesterday", shown(1)).status == 422);
}

BOOST_AUTO_TEST_CASE(a_key_s_own_usage_and_pages) {
  start();
  const auto usage = get("/usage", shown(2));
  BOOST_TEST(field(usage.body, "/key") == "alice");
  BOOST_TEST(field(usage.body, "/cost") == "missing");
  BOOST_TEST(field(get("/usage", shown(1)).body, "/cost/api_calls") == "0");
  const auto image = [](const char* id) {
    return std::string{R"({"id":")"} + id + R"(","data":")" + to_base64(png_header(10, 20, id)) + R"("})";
  };
  const auto job = [&](const std::string& images) {
    return call("POST", "/ocr/jobs", shown(2) + json_body_field, R"({"images":[)" + images + "]}");
  };
  BOOST_TEST(job(image("a") + "," + image("b")).status == 202);
  const auto refused = job(image("a") + "," + image("b") + "," + image("c"));
  BOOST_TEST(refused.status == 422);
  BOOST_TEST(field(refused.body, "/errors/0/detail") == "there are 3, and a job of this key may have 2: split the job");
}

BOOST_AUTO_TEST_SUITE_END()
