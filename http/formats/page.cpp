#include "http/formats/page.hpp"

#include "core/utf8.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace glyphgate::http {

namespace {

struct extent {
  std::int32_t width = 0;
  std::int32_t height = 0;
};

extent hull_of_text(const recognition& r) {
  extent hull;
  for (const auto& s : r.symbols) {
    hull.width = std::max(hull.width, s.box.x + s.box.width);
    hull.height = std::max(hull.height, s.box.y + s.box.height);
  }
  return hull;
}

// The blocks whose letters have the bidirectional class R or AL, and those that have class L or are none's (Unicode
// 15, DerivedBidiClass).
bool is_right_to_left(char32_t c) {
  return (c >= 0x590 && c <= 0x8ff) || (c >= 0xfb1d && c <= 0xfdff) || (c >= 0xfe70 && c <= 0xfeff) ||
         (c >= 0x10800 && c <= 0x10fff) || (c >= 0x1e800 && c <= 0x1efff);
}

bool is_left_to_right(char32_t c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= 0xc0 && c < 0x590) || (c >= 0x900 && c < 0x2000) ||
         (c >= 0x3040 && c < 0xfb1d);
}

double length(const pixel_point& from, const pixel_point& to) {
  return std::hypot(to.x - from.x, to.y - from.y);
}

std::int32_t within(std::int32_t value, std::uint32_t end) {
  return std::clamp(value, 0, static_cast<std::int32_t>(end));
}

} // namespace

page page_of(const picture_result& of, std::size_t number) {
  static const recognition nothing;
  const auto* read = of.outcome.recognised.get();
  const auto& r = read == nullptr ? nothing : *read;
  page p{number, of.id, r, layout_of(r), {}, warning_of(of.outcome)};
  if (read == nullptr)
    p.error = of.outcome.error;
  p.width = r.width != 0 ? r.width : of.width;
  p.height = r.height != 0 ? r.height : of.height;
  if (p.width == 0 || p.height == 0) {
    const auto hull = hull_of_text(r);
    p.width = static_cast<std::uint32_t>(hull.width);
    p.height = static_cast<std::uint32_t>(hull.height);
  }
  return p;
}

std::string symbols_of_word(const page& p, std::size_t word) {
  std::string text;
  for (const auto i : children(p.layout.words, word))
    text += p.read.symbols[i].text;
  return text;
}

bool ends_with_hyphen(const page& p, std::size_t word) {
  return p.read.symbols[p.layout.words[word].end - 1].after == text_break::hyphen;
}

bool has_space_after(const page& p, std::size_t word) {
  const auto after = p.read.symbols[p.layout.words[word].end - 1].after;
  return after == text_break::space || after == text_break::sure_space;
}

std::string text_of_word(const page& p, std::size_t word) {
  return symbols_of_word(p, word) + (ends_with_hyphen(p, word) ? "-" : "");
}

std::string text_of_line(const page& p, std::size_t line) {
  std::string text;
  const auto last = p.layout.lines[line].end - 1;
  for (const auto w : children(p.layout.lines, line)) {
    text += text_of_word(p, w);
    if (w != last && has_space_after(p, w))
      text += ' ';
  }
  return text;
}

bounding_box inside(const page& p, const bounding_box& box) {
  const auto left = std::min(within(box.x, p.width), std::max(0, static_cast<std::int32_t>(p.width) - 1));
  const auto top = std::min(within(box.y, p.height), std::max(0, static_cast<std::int32_t>(p.height) - 1));
  const auto right = std::max(left + 1, within(box.x + box.width, p.width));
  const auto bottom = std::max(top + 1, within(box.y + box.height, p.height));
  return {left, top, right - left, bottom - top};
}

bounding_quad inside(const page& p, const bounding_quad& quad) {
  return clipped(quad, p.width, p.height);
}

bool runs_right_to_left(std::string_view text) {
  while (!text.empty()) {
    const auto c = next_code_point(text);
    if (is_right_to_left(c))
      return true;
    if (is_left_to_right(c))
      return false;
  }
  return false;
}

std::string_view language_of(const page& p, const text_unit& unit) {
  if (unit.languages == 0 || p.layout.languages[unit.languages - 1].empty())
    return {};
  const auto& seen = p.layout.languages[unit.languages - 1];
  return std::ranges::max_element(seen, {}, &detected_language::confidence)->code;
}

std::string_view language_tag(std::string_view code) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  std::size_t run = 0;
  bool first = true;
  for (const char c : code) {
    if (c == '-') {
      if (run == 0)
        return {};
      run = 0;
      first = false;
    } else if (++run > 8 || !(is_letter(c) || (!first && c >= '0' && c <= '9'))) {
      return {};
    }
  }
  return run == 0 ? std::string_view{} : code;
}

double angle_of(const bounding_quad& quad) {
  const auto& [a, b, c, d] = quad.corners;
  const auto x = (b.x - a.x) + (c.x - d.x);
  const auto y = (b.y - a.y) + (c.y - d.y);
  return x == 0 && y == 0 ? 0 : std::atan2(y, x) * 180 / std::numbers::pi;
}

double height_of(const bounding_quad& quad) {
  const auto& [a, b, c, d] = quad.corners;
  return (length(a, d) + length(b, c)) / 2;
}

double width_of(const bounding_quad& quad) {
  const auto& [a, b, c, d] = quad.corners;
  return (length(a, b) + length(d, c)) / 2;
}

} // namespace glyphgate::http
