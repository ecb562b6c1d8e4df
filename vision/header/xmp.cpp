#include "vision/header/xmp.hpp"

#include <algorithm>
#include <cstddef>

namespace glyphgate::vision::header {

namespace {

constexpr std::size_t max_searched = std::size_t{256} * 1024;
constexpr std::string_view name = "tiff:Orientation";
constexpr std::string_view space = " \t\r\n";

std::string_view without_space(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(space), text.size()));
  return text;
}

/// The value in what follows the name: `="6"` or `>6<`.
std::optional<std::uint8_t> value_in(std::string_view text) {
  text = without_space(text);
  if (text.empty())
    return std::nullopt;
  char end = '<';
  if (text.front() == '=') {
    text = without_space(text.substr(1));
    if (text.empty() || (text.front() != '"' && text.front() != '\''))
      return std::nullopt;
    end = text.front();
  } else if (text.front() != '>') {
    return std::nullopt;
  }
  text = without_space(text.substr(1));
  if (text.empty() || text.front() < '1' || text.front() > '8')
    return std::nullopt;
  const auto digit = static_cast<std::uint8_t>(text.front() - '0');
  text = without_space(text.substr(1));
  return !text.empty() && text.front() == end ? std::optional{digit} : std::nullopt;
}

} // namespace

std::optional<std::uint8_t> xmp_orientation(std::string_view packet) {
  packet = packet.substr(0, max_searched);
  for (auto at = packet.find(name); at != std::string_view::npos; at = packet.find(name, at + name.size())) {
    const char before = at == 0 ? '\0' : packet[at - 1];
    if (before != '<' && space.find(before) == std::string_view::npos)
      continue;
    if (const auto value = value_in(packet.substr(at + name.size())))
      return value;
  }
  return std::nullopt;
}

} // namespace glyphgate::vision::header
