#include "http/uploads/base64_data.hpp"

#include "http/wire/text.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace glyphgate::http {

namespace {

constexpr std::string_view scheme = "data:";

// `image/png;charset=utf-8;base64`: the marker belongs at the end, but is not always there.
bool says_base64(std::string_view media_type) {
  for (;;) {
    const auto semicolon = media_type.find(';');
    if (semicolon == std::string_view::npos)
      return false;
    media_type.remove_prefix(semicolon + 1);
    if (equal_ignoring_case(trim(media_type.substr(0, media_type.find(';'))), "base64"))
      return true;
  }
}

refused_base64 refuse(std::string_view text, std::string flaw) {
  return {std::move(flaw), sha256(text)};
}

} // namespace

std::variant<decoded_base64, refused_base64> decode_base64_data(std::span<char> text) {
  const std::string_view view{text.data(), text.size()};
  const auto begin = std::min(view.find_first_not_of(" \t\r\n"), view.size());
  const bool is_uri = equal_ignoring_case(view.substr(begin, scheme.size()), scheme);
  std::size_t skipped = 0;
  if (is_uri) {
    const auto comma = view.find(',');
    if (comma == std::string_view::npos)
      return refuse(view, "data is a data URI without a comma; its base64 belongs behind one");
    if (!says_base64(view.substr(0, comma)))
      return refuse(view, "data is a data URI without ;base64; send the file's bytes as base64");
    skipped = comma + 1;
  }
  auto decoded = decode_base64_in_place(text.subspan(skipped));
  if (auto* refused = std::get_if<refused_base64>(&decoded))
    refused->flaw = (is_uri ? "data is not base64 behind its comma: " : "data is not base64: ") + refused->flaw;
  return decoded;
}

} // namespace glyphgate::http
