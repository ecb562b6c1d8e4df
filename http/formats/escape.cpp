#include "http/formats/escape.hpp"

#include "core/utf8.hpp"

#include <cstddef>

namespace glyphgate::http {

namespace {

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// Calls `write` with each character, well-formed.
template <class Write>
void each_character(std::string_view text, Write write) {
  while (!text.empty()) {
    const auto size = utf8_length(text);
    write(size == 0 ? replacement_character : text.substr(0, size));
    text.remove_prefix(size == 0 ? 1 : size);
  }
}

std::string_view in_xml(std::string_view character) {
  switch (character[0]) {
  case '&': return "&amp;";
  case '<': return "&lt;";
  case '>': return "&gt;";
  case '"': return "&quot;";
  case '\'': return "&#39;";
  case '\t': return "&#9;";
  case '\n': return "&#10;";
  case '\r': return "&#13;";
  default: break;
  }
  if (static_cast<unsigned char>(character[0]) < 0x20 || character == "\xef\xbf\xbe" || character == "\xef\xbf\xbf")
    return replacement_character;
  return character;
}

} // namespace

std::string xml_escaped(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  each_character(text, [&](std::string_view c) { escaped += in_xml(c); });
  return escaped;
}

std::string tsv_escaped(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  each_character(text, [&](std::string_view c) { escaped += is_control(c[0]) ? " " : c; });
  return escaped;
}

std::string on_one_line(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  bool owes_space = false;
  each_character(text, [&](std::string_view c) {
    if (c == " " || is_control(c[0])) {
      owes_space = !line.empty();
      return;
    }
    if (owes_space)
      line += ' ';
    owes_space = false;
    line += c;
  });
  return line;
}

} // namespace glyphgate::http
