#include "google_fixture.hpp"
#include "recording_proxy.hpp"
#include "vision/google/http_transfer.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <stop_token>
#include <string>
#include <variant>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;
using namespace std::chrono_literals;

namespace {

/// The variables are set after the fake Google runs, and it looks at none.
struct proxy_fixture : google_fixture {
  recording_proxy proxy;

  /// Whether it was reached; with a key among the headers.
  bool reach(const std::string& url) const {
    http_request request;
    request.url = url;
    request.headers.emplace_back("x-goog-api-key: fake-api-key");
    request.timeout = 5s;
    request.max_response_bytes = 1 << 20U;
    const auto outcome = http_transfer{ca_file}.perform(request, std::stop_token{});
    const auto* response = std::get_if<http_response>(&outcome);
    return response != nullptr && response->status == 200;
  }

  std::string port() const { return ":" + std::to_string(server.port()); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(proxy, proxy_fixture)

// So that the others could fail.
BOOST_AUTO_TEST_CASE(other_machines_are_reached_by_the_environments_proxy) {
  BOOST_TEST(!reach("http://vision.invalid/v1"));
  BOOST_TEST(!reach("https://vision.invalid/v1"));
  const auto seen = proxy.seen();
  BOOST_REQUIRE(seen.size() == 2U);
  BOOST_TEST(seen[0].starts_with("GET http://vision.invalid/v1 "));
  BOOST_TEST(seen[1].starts_with("CONNECT vision.invalid:443 "));
  BOOST_TEST(seen[1].find("fake-api-key") == std::string::npos);
}

// The proxy saw the API key.
BOOST_AUTO_TEST_CASE(this_machine_is_never_reached_by_a_proxy) {
  for (const std::string host : {"127.0.0.1", "localhost", "127.1"}) {
    BOOST_TEST(reach("http://" + host + port() + "/admin/calls"), host);
    reach("https://" + host + port() + "/admin/calls");
  }
  for (const std::string host : {"[::1]", "127.0.0.2"})
    reach("http://" + host + port() + "/admin/calls");
  BOOST_TEST(proxy.seen().empty());
}

BOOST_AUTO_TEST_CASE(calls_to_this_machine_go_past_the_proxy_with_every_kind_of_credentials) {
  auto plain = settings_with_key();
  plain.endpoint = "http://" + server.authority();
  for (const auto& used : {plain, settings_with_key(), settings(), settings_on_machine()})
    annotated(engine_with(used)->annotate(coloured_call(1), {}, {}));
  BOOST_TEST(calls() == 4U);
  BOOST_TEST(proxy.seen().empty());
}

// Its address is the same on every machine of Google's, and belongs to the machine alone.
BOOST_AUTO_TEST_CASE(the_metadata_server_is_asked_without_a_proxy) {
  for (const auto* host : {"metadata.google.invalid", "169.254.169.254:1"}) {
    auto on_machine = settings_on_machine();
    on_machine.metadata_host = host;
    on_machine.connect_timeout = 100ms;
    failed(engine_with(on_machine)->annotate(coloured_call(1), {}, {}));
  }
  BOOST_TEST(proxy.seen().empty());
}

BOOST_AUTO_TEST_SUITE_END()
