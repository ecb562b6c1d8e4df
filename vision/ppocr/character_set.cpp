#include "vision/ppocr/character_set.hpp"

#include <algorithm>

namespace glyphgate::vision {

namespace {

constexpr std::string_view ideographic_space = "\u3000";

// In UTF-8, in which order is that of the code points: U+3001–U+303F, and U+FF01–U+FF0F, U+FF1A–U+FF20.
struct range {
  std::string_view first, last;
};
constexpr range wide_punctuation[] = {{"\u3001", "\u303f"}, {"\uff01", "\uff0f"}, {"\uff1a", "\uff20"}};

} // namespace

bool is_wide_punctuation(std::string_view character) {
  return character.size() == 3 && std::ranges::any_of(wide_punctuation, [&](const range& one) {
           return one.first <= character && character <= one.last;
         });
}

character_set::character_set(std::string_view keys) : characters_{""} {
  while (!keys.empty()) {
    const auto end = keys.find('\n');
    auto key = keys.substr(0, end);
    if (key.ends_with('\r'))
      key.remove_suffix(1);
    characters_.emplace_back(key.empty() || key == ideographic_space ? " " : key);
    keys.remove_prefix(end == std::string_view::npos ? keys.size() : end + 1);
  }
  characters_.emplace_back(" ");
}

} // namespace glyphgate::vision
