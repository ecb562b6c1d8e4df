#pragma once

#include "core/address_block.hpp"
#include "http/wire/request.hpp"

#include <string>
#include <vector>

namespace glyphgate::http {

/// Finds out whose request a proxy passes on. Immutable.
///
/// A proxy says so in `X-Forwarded-For` or `Forwarded` (RFC 7239), and adds the address that it saw to what was there.
/// Anybody can send such a field, so it counts from its end only: as far as the address before it is that of a proxy
/// that is trusted. Where the two fields name different clients, neither is believed.
///
/// Fly.io's proxy puts the client into `Fly-Client-IP`. That field is believed where "fly" is among the trusted, and
/// the request came from Fly's private network; other proxies pass it on from anybody.
class client_addresses {
public:
  /// `trusted`: addresses, CIDR blocks, and "fly"; what is none of these is left out (see `is_proxy`).
  explicit client_addresses(const std::vector<std::string>& trusted);

  /// Whether that can be among `trusted`.
  static bool is_proxy(const std::string& word);

  /// Who sent the request that came over a connection from `peer`: the client, or the last address that can be told.
  ip_address of(const request& r, const ip_address& peer) const;

private:
  bool trusts(const ip_address& address) const;

  std::vector<address_block> trusted_;
  std::vector<address_block> fly_;
};

} // namespace glyphgate::http
