// A hundred posts at once at the edge of each limit: exactly as many are accepted as it allows, and no call more is
// made.
#include "core/digest.hpp"
#include "core/keys/api_key.hpp"
#include "core/limits/limit_name.hpp"
#include "rig.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <algorithm>
#include <array>
#include <latch>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace glyphgate {

namespace {

constexpr std::size_t crowd_size = 100;
constexpr micro_dollars price = 1500;

struct limit_kind {
  std::string window;
  std::string counts;
  /// The service's own limit; empty where only keys have one.
  std::string variable;
};

const std::array<limit_kind, 12> kinds{{
    {"minute", "jobs", "JOBS_PER_MINUTE_LIMIT"},
    {"hour", "jobs", "JOBS_PER_HOUR_LIMIT"},
    {"day", "jobs", ""},
    {"month", "jobs", ""},
    {"minute", "calls", "MINUTE_API_CALLS_LIMIT"},
    {"hour", "calls", "HOURLY_API_CALLS_LIMIT"},
    {"day", "calls", "DAILY_API_CALLS_LIMIT"},
    {"month", "calls", "MONTHLY_API_CALLS_LIMIT"},
    {"minute", "budget", "MINUTE_BUDGET_USD"},
    {"hour", "budget", "HOURLY_BUDGET_USD"},
    {"day", "budget", "DAILY_BUDGET_USD"},
    {"month", "budget", "MONTHLY_BUDGET_USD"},
}};

/// As a setting: what allows that many jobs of a call each. A budget has room for most of another call, too.
std::string allowing(const limit_kind& kind, unsigned jobs) {
  return kind.counts == "budget" ? to_dollars(jobs * price + price - 1) : std::to_string(jobs);
}

/// As a refusal names it.
std::string name_of(const limit_kind& kind, const std::string& owner, unsigned jobs) {
  const auto much = kind.counts == "budget" ? "US$" + allowing(kind, jobs) : std::to_string(jobs) + " " + kind.counts;
  return (owner.empty() ? "the service's limit of " : "the limit of key \"" + owner + "\" of ") + much +
         (kind.window == "hour" ? " an " : " a ") + kind.window + " (" +
         (owner.empty() ? kind.variable : kind.counts + "-per-" + kind.window) + ")";
}

const std::map<std::string, std::uint8_t> holders{{"alice", 1}, {"bob", 2}, {"operator", 3}};

std::string key_of(const std::string& holder) {
  return std::string{api_key_of({holders.at(holder)}).reveal()};
}

/// The field that shows the key; nothing for nobody.
std::string shown_by(const std::string& holder) {
  return holder.empty() ? "" : "X-API-Key: " + key_of(holder) + "\r\n";
}

std::string stored(const std::string& holder, const std::string& words) {
  return holder + ":" + to_hex(sha256(key_of(holder))) + " " + words + ";";
}

rapidjson::Document json(const http_answer& answer) {
  rapidjson::Document document;
  document.Parse(answer.body.c_str());
  BOOST_REQUIRE_MESSAGE(!document.HasParseError(), answer.body);
  return document;
}

/// The limits of one service, all of one kind. Where a key has one, everybody shows a key.
struct edge {
  limit_kind kind;
  std::optional<unsigned> overall;
  std::map<std::string, unsigned> by_key;

  /// Who posts; nobody in particular where there are no keys.
  std::vector<std::string> clients() const {
    std::vector<std::string> names;
    for (const auto& [name, limit] : by_key)
      names.push_back(name);
    return names.empty() ? std::vector<std::string>{""} : names;
  }

  /// How that client's refusals may name what is in the way.
  std::set<std::string> names_for(const std::string& client) const {
    std::set<std::string> names;
    if (overall)
      names.insert(name_of(kind, "", *overall));
    if (!client.empty())
      names.insert(name_of(kind, client, by_key.at(client)));
    return names;
  }

  /// How many jobs are accepted in all.
  unsigned allowed() const {
    unsigned all = 0;
    for (const auto& [name, limit] : by_key)
      all += limit;
    return !overall ? all : by_key.empty() ? *overall : std::min(all, *overall);
  }
};

/// The shipped service with those limits, and its Google.
class limited_service {
public:
  explicit limited_service(const edge& limits) {
    service_process::variables settings{{"DATA_DIR", scratch_.path() / "data"},
                                        {"GOOGLE_API_KEY", "fake-api-key"},
                                        {"VISION_ENDPOINT", google_.url()},
                                        {"VISION_CA_FILE", scratch_.write("ca.pem", google_.certificate())},
                                        {"VISION_CALL_PRICE_USD", to_dollars(price)},
                                        {"PACKING", "off"},
                                        {"JOBS_PER_MINUTE_LIMIT", "10000000"},
                                        {"JOBS_PER_HOUR_LIMIT", "10000000"},
                                        {"DAILY_API_CALLS_LIMIT", "10000000"},
                                        {"no_proxy", "*"}};
    if (limits.overall)
      settings[limits.kind.variable] = allowing(limits.kind, *limits.overall);
    if (!limits.by_key.empty()) {
      auto& lines = settings["API_KEYS"] = stored("operator", "admin");
      for (const auto& [name, limit] : limits.by_key)
        lines += stored(name, limits.kind.counts + "-per-" + limits.kind.window + "=" + allowing(limits.kind, limit));
    }
    service_.emplace(GLYPHGATE_BINARY, scratch_.path() / "log", settings);
  }

  std::uint16_t port() { return service_->port(); }
  std::size_t calls() const { return google_.calls(fake::request_kind::annotate); }

  http_answer post(const std::string& client, std::uint32_t picture) {
    return http_call(port(), "POST", "/ocr/jobs", shown_by(client) + "Content-Type: image/jpeg\r\n",
                     numbered_jpeg(picture).first);
  }

  /// How much of the owner's limit, or of the service's, GET /usage tells whoever asks to be used, in its own unit.
  double used(const limit_kind& kind, const std::string& owner, const std::string& asker) {
    const auto usage = json(http_call(port(), "GET", "/usage", shown_by(asker)));
    for (const auto& window : usage["windows"].GetArray())
      if (window["window"] == kind.window.c_str() && window["counts"] == kind.counts.c_str() &&
          (owner.empty() ? window["key"].IsNull() : window["key"] == owner.c_str()))
        return window["used"].GetDouble();
    BOOST_FAIL("GET /usage does not tell of this limit");
    return 0;
  }

  std::string status_of(const std::string& client, const std::string& location) {
    return json(http_call(port(), "GET", location + "?wait=30", shown_by(client)))["status"].GetString();
  }

private:
  temporary_directory scratch_;
  fake::fake_vision google_;
  std::optional<service_process> service_;
};

struct posted {
  std::string client;
  http_answer answer;
  std::string failure;
};

/// All at once, by the clients in turn, each post with a picture of its own.
std::vector<posted> crowd(limited_service& service, const std::vector<std::string>& clients) {
  std::vector<posted> posts(crowd_size);
  const auto port = service.port();
  std::latch ready{crowd_size};
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < crowd_size; ++i)
    threads.emplace_back([&, i] {
      posts[i].client = clients[i % clients.size()];
      const auto request = http_request("POST", "/ocr/jobs", shown_by(posts[i].client) + "Content-Type: image/jpeg\r\n",
                                        numbered_jpeg(static_cast<std::uint32_t>(i * 40)).first);
      try {
        http_connection connection{port};
        ready.arrive_and_wait();
        connection.send(request);
        posts[i].answer = connection.read();
      } catch (const std::exception& e) {
        posts[i].failure = e.what();
      }
    });
  threads.clear();
  return posts;
}

void check_refusal(const edge& limits, const std::string& client, const http_answer& answer) {
  BOOST_REQUIRE_MESSAGE(answer.status == 429, answer.status << " " << answer.body);
  const auto problem = json(answer);
  BOOST_TEST(problem["type"].GetString() == "urn:glyphgate:problem:rate-limited");
  const std::string detail = problem["detail"].GetString();
  BOOST_TEST(
      std::ranges::any_of(limits.names_for(client), [&](const auto& n) { return detail.find(n) != std::string::npos; }),
      detail);
  BOOST_TEST(std::atoi(answer.header("retry-after").c_str()) >= 1, answer.header("retry-after"));
}

void check_usage(const edge& limits, limited_service& service, std::map<std::string, unsigned> accepted) {
  const double unit = limits.kind.counts == "budget" ? static_cast<double>(price) / 1e6 : 1;
  const auto tolerance = boost::test_tools::tolerance(1e-9);
  if (limits.overall)
    BOOST_TEST(service.used(limits.kind, "", limits.by_key.empty() ? "" : "operator") == limits.allowed() * unit,
               tolerance);
  for (const auto& [name, limit] : limits.by_key)
    BOOST_TEST(service.used(limits.kind, name, name) == accepted[name] * unit, tolerance);
}

void try_out(const edge& limits) {
  limited_service service{limits};
  std::map<std::string, unsigned> accepted;
  unsigned in_all = 0;
  for (const auto& [client, answer, failure] : crowd(service, limits.clients())) {
    BOOST_REQUIRE_EQUAL(failure, "");
    if (answer.status != 202) {
      check_refusal(limits, client, answer);
      continue;
    }
    ++accepted[client];
    ++in_all;
    BOOST_TEST(service.status_of(client, answer.header("location")) == "completed");
  }
  BOOST_TEST(in_all == limits.allowed());
  for (const auto& [name, limit] : limits.by_key)
    BOOST_TEST((limits.overall ? accepted[name] <= limit : accepted[name] == limit), name << ": " << accepted[name]);
  BOOST_TEST(service.calls() == in_all);
  check_usage(limits, service, accepted);
  // What has ended has made no room.
  std::uint32_t another = crowd_size * 40;
  for (const auto& client : limits.clients())
    check_refusal(limits, client, service.post(client, another++));
  BOOST_TEST(service.calls() == in_all);
}

BOOST_AUTO_TEST_SUITE(limits_at_the_edge)

BOOST_AUTO_TEST_CASE(of_the_service) {
  for (const auto& kind : kinds)
    if (!kind.variable.empty())
      BOOST_TEST_CONTEXT(kind.counts << " by the " << kind.window)
  try_out({kind, 7, {}});
}

BOOST_AUTO_TEST_CASE(of_each_key) {
  for (const auto& kind : kinds)
    BOOST_TEST_CONTEXT(kind.counts << " by the " << kind.window)
  try_out({kind, std::nullopt, {{"alice", 7}, {"bob", 5}}});
}

BOOST_AUTO_TEST_CASE(of_the_service_over_those_of_keys) {
  for (const auto& kind : kinds)
    if (!kind.variable.empty())
      BOOST_TEST_CONTEXT(kind.counts << " by the " << kind.window)
  try_out({kind, 9, {{"alice", 7}, {"bob", 5}}});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
