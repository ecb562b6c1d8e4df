#include "core/recognition.hpp"

namespace glyphgate {

std::string text_of(const recognition& r) {
  std::string text;
  for (std::size_t i = 0; i < r.symbols.size(); ++i) {
    const bool last = i + 1 == r.symbols.size();
    text += r.symbols[i].text;
    switch (r.symbols[i].after) {
    case text_break::none: break;
    case text_break::space: text += last ? "" : " "; break;
    case text_break::line: text += last ? "" : "\n"; break;
    case text_break::hyphen: text += last ? "-" : "-\n"; break;
    }
  }
  return text;
}

} // namespace glyphgate
