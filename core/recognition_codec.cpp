#include "core/recognition_codec.hpp"

#include "core/packed.hpp"

#include <cstddef>
#include <cstdint>

namespace glyphgate {

namespace {

// What follows the symbols: nothing; a warning; a warning, which may be empty, and the engine. Older programs wrote the
// first two.
constexpr std::uint8_t bare = 1;
constexpr std::uint8_t with_warning = 2;
constexpr std::uint8_t with_engine = 3;

void put(packed_writer& w, const symbol& s) {
  w.text(s.text);
  for (const auto n : {s.box.x, s.box.y, s.box.width, s.box.height})
    w.signed_number(n);
  w.real(s.confidence);
  w.byte(static_cast<std::uint8_t>(s.after));
}

symbol next_symbol(packed_reader& r) {
  symbol s;
  s.text = r.text();
  for (auto* n : {&s.box.x, &s.box.y, &s.box.width, &s.box.height})
    *n = r.signed_number();
  s.confidence = r.real();
  const auto after = r.byte();
  if (after > static_cast<std::uint8_t>(text_break::hyphen))
    throw damaged_bytes{};
  s.after = static_cast<text_break>(after);
  return s;
}

} // namespace

std::string encode(const recognition& value) {
  packed_writer w;
  const auto version = !value.engine.empty() ? with_engine : !value.warning.empty() ? with_warning : bare;
  w.byte(version);
  w.number(value.symbols.size());
  for (const auto& s : value.symbols)
    put(w, s);
  if (version >= with_warning)
    w.text(value.warning);
  if (version >= with_engine)
    w.text(value.engine);
  return w.take();
}

recognition decode_recognition(std::string_view bytes) {
  constexpr std::size_t least_symbol = 10;
  packed_reader r{bytes};
  const auto version = r.byte();
  if (version < bare || version > with_engine)
    throw damaged_bytes{};
  recognition value;
  value.symbols.resize(r.count(least_symbol));
  for (auto& s : value.symbols)
    s = next_symbol(r);
  if (version >= with_warning)
    value.warning = r.text();
  if (version >= with_engine)
    value.engine = r.text();
  r.finish();
  return value;
}

} // namespace glyphgate
