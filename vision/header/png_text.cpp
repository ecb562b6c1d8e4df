#include "vision/header/png_text.hpp"

#include "vision/bytes.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstddef>

namespace glyphgate::vision::header {

namespace {

constexpr std::size_t max_text = std::size_t{256} * 1024;
constexpr std::string_view line_space = " \t\r\n";

/// What stands before the next zero, which is removed from `data` with it. Nothing where there is no zero.
std::optional<std::string_view> take_string(std::string_view& data) {
  const auto end = data.find('\0');
  if (end == std::string_view::npos)
    return std::nullopt;
  const auto taken = data.substr(0, end);
  data.remove_prefix(end + 1);
  return taken;
}

std::string inflated(std::string_view data) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK)
    return {};
  std::string text(max_text, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(std::min(data.size(), max_text));
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  // Whatever ends it, what came before is there.
  inflate(&stream, Z_SYNC_FLUSH);
  text.resize(text.size() - stream.avail_out);
  inflateEnd(&stream);
  return text;
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return std::nullopt;
}

/// Removes the first word and the spaces around it.
void skip_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(line_space), text.size()));
  text.remove_prefix(std::min(text.find_first_of(line_space), text.size()));
  text.remove_prefix(std::min(text.find_first_not_of(line_space), text.size()));
}

} // namespace

std::optional<png_text> read_png_text(std::string_view type, std::string_view data) {
  if (type != "tEXt" && type != "zTXt" && type != "iTXt")
    return std::nullopt;
  const auto keyword = take_string(data);
  if (!keyword)
    return std::nullopt;
  if (type == "tEXt")
    return png_text{*keyword, data, false};
  bool is_compressed = true;
  if (type == "iTXt") {
    if (data.empty() || u8(data, 0) > 1)
      return std::nullopt;
    is_compressed = u8(data, 0) == 1;
    data.remove_prefix(1);
  }
  if (data.empty() || u8(data, 0) != 0)
    return std::nullopt;
  data.remove_prefix(1);
  // The language, and the keyword in it.
  if (type == "iTXt" && (!take_string(data) || !take_string(data)))
    return std::nullopt;
  return png_text{*keyword, data, is_compressed};
}

std::string beginning_of(const png_text& text) {
  return text.is_compressed ? inflated(text.text) : std::string{text.text.substr(0, max_text)};
}

std::string raw_profile(std::string_view text) {
  skip_word(text);
  skip_word(text);
  std::string bytes;
  std::optional<unsigned> high;
  for (const char c : text) {
    if (line_space.find(c) != std::string_view::npos)
      continue;
    const auto digit = hex_digit(c);
    if (!digit)
      break;
    if (high)
      bytes += static_cast<char>(*high << 4 | *digit);
    high = high ? std::nullopt : digit;
  }
  return bytes;
}

} // namespace glyphgate::vision::header
