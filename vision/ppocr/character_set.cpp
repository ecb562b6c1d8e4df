#include "vision/ppocr/character_set.hpp"

namespace glyphgate::vision {

namespace {

constexpr std::string_view ideographic_space = "\u3000";

} // namespace

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
