#include "core/recognition.hpp"

namespace glyphgate {

std::string text_of(const recognition& r) {
  std::string text;
  for (std::size_t i = 0; i < r.symbols.size(); ++i) {
    text += r.symbols[i].text;
    if (i + 1 == r.symbols.size())
      break;
    switch (r.symbols[i].after) {
    case text_break::none: break;
    case text_break::space: text += ' '; break;
    case text_break::line: text += '\n'; break;
    case text_break::hyphen: text += "-\n"; break;
    }
  }
  return text;
}

} // namespace glyphgate
