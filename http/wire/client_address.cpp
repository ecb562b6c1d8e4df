#include "http/wire/client_address.hpp"

#include "http/wire/text.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace glyphgate::http {

namespace {

constexpr std::string_view fly_word = "fly";
// Where Fly's proxy comes from: the private network of version 6, and its counterpart of version 4.
constexpr std::string_view fly_networks[] = {"fdaa::/16", "172.16.0.0/12"};

bool holds(const std::vector<address_block>& blocks, const ip_address& address) {
  return std::ranges::any_of(blocks, [&](const auto& block) { return block.holds(address); });
}

// An address as the fields have it: with a port or without, version 6 in brackets or, without a port, bare.
std::optional<ip_address> address_of(std::string_view node) {
  if (node.size() >= 2 && node.front() == '"' && node.back() == '"')
    node = node.substr(1, node.size() - 2);
  if (node.starts_with('['))
    return ip_address::parse(node.substr(1, node.find(']') - 1));
  if (std::ranges::count(node, ':') == 1)
    node = node.substr(0, node.find(':'));
  return ip_address::parse(node);
}

// The node of an element of Forwarded; empty when it names none.
std::string_view for_of(std::string_view element) {
  while (!element.empty()) {
    const auto pair = trim(element.substr(0, element.find(';')));
    element.remove_prefix(std::min(element.find(';'), element.size() - 1) + 1);
    if (pair.size() > 4 && equal_ignoring_case(pair.substr(0, 4), "for="))
      return pair.substr(4);
  }
  return {};
}

} // namespace

client_addresses::client_addresses(const std::vector<std::string>& trusted) {
  for (const auto& word : trusted) {
    if (word == fly_word)
      for (const auto network : fly_networks)
        fly_.push_back(address_block::parse(network).value());
    else if (const auto block = address_block::parse(word))
      trusted_.push_back(*block);
  }
}

bool client_addresses::is_proxy(const std::string& word) {
  return word == fly_word || address_block::parse(word).has_value();
}

bool client_addresses::trusts(const ip_address& address) const {
  return holds(trusted_, address);
}

ip_address client_addresses::of(const request& r, const ip_address& peer) const {
  if (holds(fly_, peer))
    if (const auto told = address_of(r.header("fly-client-ip")))
      return *told;
  if (!trusts(peer))
    return peer;
  // The hops of each field, the first hop first.
  std::vector<std::string_view> plain;
  std::vector<std::string_view> structured;
  r.for_each_field([&](std::string_view name, std::string_view value) {
    if (equal_ignoring_case(name, "x-forwarded-for"))
      std::ranges::copy(split_list(value), std::back_inserter(plain));
    else if (equal_ignoring_case(name, "forwarded"))
      for (const auto element : split_list(value))
        structured.push_back(for_of(element));
  });
  const auto client = [&](const std::vector<std::string_view>& hops) {
    auto last = peer;
    const std::vector<std::string_view> nearest_first(hops.rbegin(), hops.rend());
    for (const auto hop : nearest_first) {
      const auto address = address_of(hop);
      if (!address)
        return last;
      last = *address;
      if (!trusts(last))
        break;
    }
    return last;
  };
  if (plain.empty() || structured.empty())
    return client(plain.empty() ? structured : plain);
  const auto one = client(plain);
  return one == client(structured) ? one : peer;
}

} // namespace glyphgate::http
