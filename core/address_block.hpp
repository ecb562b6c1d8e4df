#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace glyphgate {

/// An address of the Internet Protocol. One of version 4 is held as the IPv6 address that stands for it
/// (::ffff:a.b.c.d, RFC 4291, 2.5.5.2), so that both forms of it are equal.
struct ip_address {
  std::array<std::uint8_t, 16> bytes{};

  /// None when the text is no address: no port, no zone, no name.
  static std::optional<ip_address> parse(std::string_view text);

  /// In the form of its version.
  std::string text() const;

  friend bool operator==(const ip_address&, const ip_address&) = default;
};

/// All addresses that begin with the same bits, in CIDR's form: "10.0.0.0/8", "fdaa::/16"; an address alone is the
/// block of itself.
class address_block {
public:
  /// None when the text is no block, or has bits set beyond its length, which would be a mistake.
  static std::optional<address_block> parse(std::string_view text);

  bool holds(const ip_address& address) const;

private:
  ip_address first_;
  /// Leading bits that all share, of 128.
  unsigned bits_ = 128;
};

} // namespace glyphgate
