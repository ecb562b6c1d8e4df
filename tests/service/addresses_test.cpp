#include "recording_fixture.hpp"

#include <arpa/inet.h>
#include <boost/test/unit_test.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

namespace glyphgate {

namespace {

/// The status line of GET /livez over IPv6; empty when nobody listens there.
std::string livez_over_ipv6(std::uint16_t port) {
  const int socket = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  address.sin6_addr = in6addr_loopback;
  std::string got;
  const std::string request = "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::send(socket, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size())) {
    char buffer[4096];
    for (ssize_t size = 0; (size = ::recv(socket, buffer, sizeof buffer, 0)) > 0;)
      got.append(buffer, static_cast<std::size_t>(size));
  }
  ::close(socket);
  return got.substr(0, got.find("\r\n"));
}

bool has_ipv6() {
  const int socket = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  const bool bound = ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return bound;
}

BOOST_FIXTURE_TEST_SUITE(addresses, recording_fixture)

BOOST_AUTO_TEST_CASE(two_colons_take_both_versions) {
  if (!has_ipv6()) {
    BOOST_TEST_MESSAGE("this machine has no IPv6");
    return;
  }
  service_process service{RECORDING_SERVICE_BINARY, log_path(), settings({{"HOST", "::"}})};
  const auto port = service.port();
  BOOST_TEST(http_call(port, "GET", "/livez").status == 200);
  BOOST_TEST(livez_over_ipv6(port) == "HTTP/1.1 200 OK");
  BOOST_TEST(http_call(port, "DELETE", "/ocr/jobs/x").status == 404);
  BOOST_TEST(eventually([&] { return service.log().find("client=127.0.0.1 ") != std::string::npos; }), service.log());
}

BOOST_AUTO_TEST_CASE(localhost_is_this_machine) {
  service_process service{RECORDING_SERVICE_BINARY, log_path(), settings({{"HOST", "localhost"}})};
  BOOST_TEST(http_call(service.port(), "GET", "/livez").status == 200);
  BOOST_TEST(service.log().find("no_api_keys") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_log_names_who_asked_behind_a_proxy_that_is_trusted) {
  const std::string forwarded = "X-Forwarded-For: 6.6.6.6, 203.0.113.9\r\n";
  service_process trusting{RECORDING_SERVICE_BINARY, log_path(), settings({{"TRUSTED_PROXIES", "127.0.0.1"}})};
  BOOST_TEST(http_call(trusting.port(), "DELETE", "/ocr/jobs/x", forwarded).status == 404);
  BOOST_TEST(eventually([&] { return trusting.log().find("client=203.0.113.9 ") != std::string::npos; }));
  BOOST_TEST(trusting.log().find("6.6.6.6") == std::string::npos);
  service_process wary{RECORDING_SERVICE_BINARY, scratch.path() / "wary",
                       settings({{"DATA_DIR", scratch.path() / "wary_data"}})};
  BOOST_TEST(http_call(wary.port(), "DELETE", "/ocr/jobs/x", forwarded).status == 404);
  BOOST_TEST(eventually([&] { return wary.log().find("client=127.0.0.1 ") != std::string::npos; }));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
