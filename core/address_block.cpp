#include "core/address_block.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace glyphgate {

namespace {

constexpr std::array<std::uint8_t, 12> version_4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t longest_text = 45;

bool is_version_4(const ip_address& address) {
  return std::equal(version_4_prefix.begin(), version_4_prefix.end(), address.bytes.begin());
}

} // namespace

std::optional<ip_address> ip_address::parse(std::string_view text) {
  if (text.size() > longest_text || text.find('\0') != std::string_view::npos)
    return std::nullopt;
  const std::string ended{text};
  ip_address address;
  std::copy(version_4_prefix.begin(), version_4_prefix.end(), address.bytes.begin());
  if (::inet_pton(AF_INET, ended.c_str(), address.bytes.data() + version_4_prefix.size()) == 1 ||
      ::inet_pton(AF_INET6, ended.c_str(), address.bytes.data()) == 1)
    return address;
  return std::nullopt;
}

std::string ip_address::text() const {
  std::array<char, longest_text + 1> shown{};
  if (is_version_4(*this))
    ::inet_ntop(AF_INET, bytes.data() + version_4_prefix.size(), shown.data(), shown.size());
  else
    ::inet_ntop(AF_INET6, bytes.data(), shown.data(), shown.size());
  return shown.data();
}

std::optional<address_block> address_block::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = ip_address::parse(text.substr(0, slash));
  if (!address)
    return std::nullopt;
  address_block block;
  block.first_ = *address;
  if (slash == std::string_view::npos)
    return block;
  const auto length = text.substr(slash + 1);
  const bool short_form = text.find(':') == std::string_view::npos;
  const unsigned most = short_form ? 32 : 128;
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  if (error != std::errc{} || end != length.data() + length.size() || bits > most)
    return std::nullopt;
  block.bits_ = short_form ? bits + 96 : bits;
  for (unsigned bit = block.bits_; bit < 128; ++bit)
    if ((address->bytes[bit / 8] >> (7 - bit % 8) & 1) != 0)
      return std::nullopt;
  return block;
}

bool address_block::holds(const ip_address& address) const {
  const auto whole = bits_ / 8;
  const auto rest = bits_ % 8;
  if (!std::equal(first_.bytes.begin(), first_.bytes.begin() + whole, address.bytes.begin()))
    return false;
  return rest == 0 || (first_.bytes[whole] ^ address.bytes[whole]) >> (8 - rest) == 0;
}

} // namespace glyphgate
