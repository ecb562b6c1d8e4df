#include "core/recognition.hpp"

#include "core/reading/derived_layout.hpp"

namespace glyphgate {

std::string text_of(const recognition& r) {
  return text_of(r, {0, r.symbols.size()});
}

std::string text_of(const recognition& r, child_range symbols) {
  std::string text;
  for (auto i = symbols.begin; i < symbols.end; ++i) {
    const bool last = i + 1 == symbols.end;
    text += r.symbols[i].text;
    switch (r.symbols[i].after) {
    case text_break::none: break;
    case text_break::space:
    case text_break::sure_space: text += last ? "" : " "; break;
    case text_break::wrap:
    case text_break::line: text += last ? "" : "\n"; break;
    case text_break::hyphen: text += last ? "-" : "-\n"; break;
    }
  }
  return text;
}

text_layout layout_of(const recognition& r) {
  return r.layout.words.empty() ? derived_layout(r.symbols) : r.layout;
}

bounding_quad quad_of_symbol(const recognition& r, std::size_t i) {
  return r.layout.symbol_quads.empty() ? quad_of(r.symbols[i].box) : r.layout.symbol_quads[i];
}

} // namespace glyphgate
