#include "vision/jpeg/header.hpp"

#include <cstddef>
#include <string_view>
#include <utility>

using namespace std::string_view_literals;

namespace glyphgate::vision::jpeg {

namespace {

void add16(std::string& to, std::uint32_t value) {
  to.push_back(static_cast<char>(value >> 8U));
  to.push_back(static_cast<char>(value));
}

/// A marker segment's start; `size` is that of what follows its length.
void begin_segment(std::string& to, std::string_view marker, std::size_t size) {
  to += marker;
  add16(to, static_cast<std::uint32_t>(size + 2));
}

void add_table(std::string& to, std::string_view marker, std::uint8_t number, std::string_view table) {
  begin_segment(to, marker, 1 + table.size());
  to.push_back(static_cast<char>(number));
  to += table;
}

} // namespace

std::string header_of(const baseline& first, std::uint32_t height, std::uint32_t interval) {
  std::string file{"\xFF\xD8"};
  // JFIF says that three components are YCbCr; 72 dots an inch, which means nothing here.
  begin_segment(file, "\xFF\xE0", 14);
  file += "JFIF\0\1\1\1\0\x48\0\x48\0\0"sv;
  unsigned quantisation = 0, dc = 0, ac = 0;
  const auto is_new = [](unsigned& seen, std::uint8_t number) {
    const auto before = std::exchange(seen, seen | 1U << number);
    return before != seen;
  };
  for (std::size_t i = 0; i < first.component_count; ++i) {
    const auto& c = first.components[i];
    if (is_new(quantisation, c.quantisation))
      add_table(file, "\xFF\xDB", c.quantisation, first.quantisation[c.quantisation]);
    if (is_new(dc, c.dc))
      add_table(file, "\xFF\xC4", c.dc, first.dc[c.dc]);
    if (is_new(ac, c.ac))
      add_table(file, "\xFF\xC4", static_cast<std::uint8_t>(0x10 | c.ac), first.ac[c.ac]);
  }
  begin_segment(file, "\xFF\xC0", 6 + 3U * first.component_count);
  file.push_back(8);
  add16(file, height);
  add16(file, first.width);
  file.push_back(static_cast<char>(first.component_count));
  for (std::size_t i = 0; i < first.component_count; ++i) {
    const auto& c = first.components[i];
    file.push_back(static_cast<char>(c.id));
    file.push_back(static_cast<char>(c.horizontal << 4U | c.vertical));
    file.push_back(static_cast<char>(c.quantisation));
  }
  if (interval != 0) {
    begin_segment(file, "\xFF\xDD", 2);
    add16(file, interval);
  }
  begin_segment(file, "\xFF\xDA", 4 + 2U * first.component_count);
  file.push_back(static_cast<char>(first.component_count));
  for (std::size_t i = 0; i < first.component_count; ++i) {
    const auto& c = first.components[i];
    file.push_back(static_cast<char>(c.id));
    file.push_back(static_cast<char>(c.dc << 4U | c.ac));
  }
  file += "\0\x3F\0"sv;
  return file;
}

} // namespace glyphgate::vision::jpeg
