#include "core/recognition_codec.hpp"

#include "core/packed.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>

namespace glyphgate {

namespace {

// Older programs wrote the first three, in which symbols are followed by: nothing; a warning; a warning, which may be
// empty, and the engine.
constexpr std::uint8_t bare = 1;
constexpr std::uint8_t with_warning = 2;
constexpr std::uint8_t with_engine = 3;
constexpr std::uint8_t with_layout = 4;

// The breaks' codes. Those of the first three versions are the first four of these.
constexpr text_break breaks[] = {text_break::none,   text_break::space,      text_break::line,
                                 text_break::hyphen, text_break::sure_space, text_break::wrap};
constexpr std::size_t old_breaks = 4;
// A symbol's break and the size of its text are one number.
constexpr std::uint64_t break_codes = 8;

// What is known of a unit.
constexpr std::uint8_t has_turned_box = 1;
constexpr std::uint8_t has_languages = 2;

constexpr std::size_t least_old_symbol = 10;
constexpr std::size_t least_symbol = 9;
constexpr std::size_t least_unit = 10;
constexpr std::size_t least_language = 5;
constexpr std::size_t least_quad = 8;

text_break break_of(std::uint64_t code, std::size_t known) {
  if (code >= known)
    throw damaged_bytes{};
  return breaks[code];
}

std::uint64_t code_of(text_break b) {
  return static_cast<std::uint64_t>(std::ranges::find(breaks, b) - std::begin(breaks));
}

/// Boxes beyond any picture are no boxes, and would overflow in reckoning with them.
void require_sound(const bounding_box& box) {
  for (const auto n : {box.x, box.y, box.width, box.height})
    if (n < -max_coordinate || n > max_coordinate)
      throw damaged_bytes{};
}

symbol next_old_symbol(packed_reader& r) {
  symbol s;
  s.text = r.text();
  for (auto* n : {&s.box.x, &s.box.y, &s.box.width, &s.box.height})
    *n = r.signed_number();
  require_sound(s.box);
  s.confidence = r.real();
  s.after = break_of(r.byte(), old_breaks);
  return s;
}

/// Numbers, each told by how much it differs from what it is likely to be. It wraps around rather than overflow.
void put_difference(packed_writer& w, std::int32_t value, std::int32_t likely) {
  w.signed_number(static_cast<std::int32_t>(static_cast<std::uint32_t>(value) - static_cast<std::uint32_t>(likely)));
}

std::int32_t next_difference(packed_reader& r, std::int32_t likely) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(r.signed_number()) + static_cast<std::uint32_t>(likely));
}

/// Where the next symbol's box is likely to begin.
std::int32_t right_of(const bounding_box& box) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(box.x) + static_cast<std::uint32_t>(box.width));
}

void put(packed_writer& w, const symbol& s, const bounding_box& before) {
  w.number(s.text.size() * break_codes + code_of(s.after));
  w.bytes(s.text);
  put_difference(w, s.box.x, right_of(before));
  put_difference(w, s.box.y, before.y);
  put_difference(w, s.box.width, before.width);
  put_difference(w, s.box.height, before.height);
  w.real(s.confidence);
}

symbol next_symbol(packed_reader& r, const bounding_box& before) {
  symbol s;
  const auto size_and_break = r.number();
  s.after = break_of(size_and_break % break_codes, std::size(breaks));
  s.text = r.bytes(size_and_break / break_codes);
  s.box.x = next_difference(r, right_of(before));
  s.box.y = next_difference(r, before.y);
  s.box.width = next_difference(r, before.width);
  s.box.height = next_difference(r, before.height);
  require_sound(s.box);
  s.confidence = r.real();
  return s;
}

template <std::size_t Count>
void put(packed_writer& w, const std::array<pixel_point, Count>& corners, pixel_point before) {
  for (const auto& corner : corners) {
    put_difference(w, corner.x, before.x);
    put_difference(w, corner.y, before.y);
    before = corner;
  }
}

template <std::size_t Count>
std::array<pixel_point, Count> next_corners(packed_reader& r, pixel_point before) {
  std::array<pixel_point, Count> corners;
  for (auto& corner : corners) {
    corner.x = next_difference(r, before.x);
    corner.y = next_difference(r, before.y);
    require_sound({corner.x, corner.y, 0, 0});
    before = corner;
  }
  return corners;
}

void put(packed_writer& w, const std::vector<text_unit>& level) {
  w.number(level.size());
  std::uint32_t begin = 0;
  pixel_point before;
  for (const auto& unit : level) {
    const auto upright = is_upright(unit.box);
    w.number(unit.end - begin);
    w.byte(static_cast<std::uint8_t>((upright ? 0 : has_turned_box) | (unit.languages == 0 ? 0 : has_languages)));
    if (upright)
      put(w, std::array{unit.box.corners[0], unit.box.corners[2]}, before);
    else
      put(w, unit.box.corners, before);
    w.real(unit.confidence);
    if (unit.languages != 0)
      w.number(unit.languages);
    begin = unit.end;
    before = unit.box.corners[1];
  }
}

/// Units that cover `children` of the level below.
std::vector<text_unit> next_level(packed_reader& r, std::size_t children, std::size_t languages) {
  std::vector<text_unit> level(r.count(least_unit));
  std::uint64_t end = 0;
  pixel_point before;
  for (auto& unit : level) {
    const auto size = r.number();
    if (size == 0 || size > children - end)
      throw damaged_bytes{};
    end += size;
    unit.end = static_cast<std::uint32_t>(end);
    const auto known = r.byte();
    if (known > (has_turned_box | has_languages))
      throw damaged_bytes{};
    if ((known & has_turned_box) != 0) {
      unit.box.corners = next_corners<4>(r, before);
    } else {
      const auto [first, last] = next_corners<2>(r, before);
      unit.box = quad_of({first.x, first.y, last.x - first.x, last.y - first.y});
    }
    unit.confidence = r.real();
    if ((known & has_languages) != 0)
      unit.languages = r.number32();
    if (unit.languages > languages)
      throw damaged_bytes{};
    before = unit.box.corners[1];
  }
  if (end != children)
    throw damaged_bytes{};
  return level;
}

void put(packed_writer& w, const text_layout& layout) {
  w.number(layout.languages.size());
  for (const auto& set : layout.languages) {
    w.number(set.size());
    for (const auto& language : set) {
      w.text(language.code);
      w.real(language.confidence);
    }
  }
  for (const auto* level : {&layout.words, &layout.lines, &layout.paragraphs, &layout.blocks})
    put(w, *level);
  w.number(layout.symbol_quads.size());
  pixel_point before;
  for (const auto& quad : layout.symbol_quads) {
    put(w, quad.corners, before);
    before = quad.corners[1];
  }
}

/// Of so many symbols.
text_layout next_layout(packed_reader& r, std::size_t symbols) {
  text_layout layout;
  layout.languages.resize(r.count(1 + least_language));
  for (auto& set : layout.languages) {
    set.resize(r.count(least_language));
    for (auto& language : set) {
      language.code = r.text();
      language.confidence = r.real();
    }
  }
  const auto languages = layout.languages.size();
  auto children = symbols;
  for (auto* level : {&layout.words, &layout.lines, &layout.paragraphs, &layout.blocks}) {
    *level = next_level(r, children, languages);
    children = level->size();
  }
  layout.symbol_quads.resize(r.count(least_quad));
  if (!layout.symbol_quads.empty() && layout.symbol_quads.size() != symbols)
    throw damaged_bytes{};
  pixel_point before;
  for (auto& quad : layout.symbol_quads) {
    quad.corners = next_corners<4>(r, before);
    before = quad.corners[1];
  }
  return layout;
}

recognition decode_old(packed_reader& r, std::uint8_t version) {
  recognition value;
  value.symbols.resize(r.count(least_old_symbol));
  for (auto& s : value.symbols)
    s = next_old_symbol(r);
  if (version >= with_warning)
    value.warning = r.text();
  if (version >= with_engine)
    value.engine = r.text();
  return value;
}

recognition decode_new(packed_reader& r) {
  recognition value;
  value.warning = r.text();
  value.engine = r.text();
  value.width = r.number32();
  value.height = r.number32();
  value.symbols.resize(r.count(least_symbol));
  bounding_box before;
  for (auto& s : value.symbols) {
    s = next_symbol(r, before);
    before = s.box;
  }
  if (r.byte() != 0)
    value.layout = next_layout(r, value.symbols.size());
  return value;
}

} // namespace

std::string encode(const recognition& value) {
  packed_writer w;
  w.byte(with_layout);
  w.text(value.warning);
  w.text(value.engine);
  w.number(value.width);
  w.number(value.height);
  w.number(value.symbols.size());
  bounding_box before;
  for (const auto& s : value.symbols) {
    put(w, s, before);
    before = s.box;
  }
  const bool has_layout = !value.layout.words.empty();
  w.byte(has_layout ? 1 : 0);
  if (has_layout)
    put(w, value.layout);
  return w.take();
}

recognition decode_recognition(std::string_view bytes) {
  packed_reader r{bytes};
  const auto version = r.byte();
  if (version < bare || version > with_layout)
    throw damaged_bytes{};
  auto value = version == with_layout ? decode_new(r) : decode_old(r, version);
  r.finish();
  return value;
}

} // namespace glyphgate
