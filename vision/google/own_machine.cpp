#include "vision/google/own_machine.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <strings.h>

#include <cstdint>
#include <string>

namespace glyphgate::vision {

namespace {

/// Without a port; an IPv6 address without its brackets and its zone.
std::string host_of(std::string_view url) {
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos)
    url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#\\"));
  if (const auto user = url.rfind('@'); user != std::string_view::npos)
    url.remove_prefix(user + 1);
  if (url.starts_with('['))
    return std::string{url.substr(1, url.find_first_of("]%") - 1)};
  url = url.substr(0, url.find(':'));
  if (url.ends_with('.'))
    url.remove_suffix(1);
  return std::string{url};
}

bool is_name_of(std::string_view host, std::string_view name) {
  return host.size() >= name.size() &&
         ::strncasecmp(host.data() + (host.size() - name.size()), name.data(), name.size()) == 0 &&
         (host.size() == name.size() || host[host.size() - name.size() - 1] == '.');
}

bool is_loopback(std::uint32_t address) {
  return address >> 24U == 127;
}

} // namespace

bool leads_to_own_machine(std::string_view url) {
  const auto host = host_of(url);
  if (is_name_of(host, "localhost"))
    return true;
  in6_addr v6{};
  if (::inet_pton(AF_INET6, host.c_str(), &v6) == 1)
    return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
  in_addr v4{};
  return ::inet_aton(host.c_str(), &v4) != 0 && is_loopback(ntohl(v4.s_addr));
}

} // namespace glyphgate::vision
