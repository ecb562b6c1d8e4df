#pragma once

#include <string>

namespace glyphgate::http {

/// How wide every glyph of the font is, thousandths of its size.
constexpr int glyph_width = 500;

/// A TrueType font program for text that nobody sees: two glyphs without outlines, of `glyph_width`. Glyph 0 is
/// .notdef, which no text should use; glyph 1 is every character. Made by the OpenType specification 1.9, with the
/// tables that a PDF needs of a CIDFontType2 (ISO 32000-1, 9.9): glyf, head, hhea, hmtx, loca, maxp.
const std::string& glyphless_font();

} // namespace glyphgate::http
