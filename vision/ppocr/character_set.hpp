#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace glyphgate::vision {

/// Whether a character is East Asian punctuation of a full cell, most of which is white: white beside it is no space.
bool is_wide_punctuation(std::string_view character);

/// The classes that the recogniser tells apart: 0 is none (CTC's blank), then come the lines of its key file, then the
/// space.
class character_set {
public:
  /// `keys` is the key file: a character a line, UTF-8.
  explicit character_set(std::string_view keys);

  /// How many classes there are.
  std::size_t size() const { return characters_.size(); }

  /// Whether a class stands for white space: the space itself, and keys that are blank.
  bool is_space(std::size_t index) const { return characters_[index] == " "; }

  /// Whether a class stands for that character.
  bool has(std::string_view character) const { return std::ranges::find(characters_, character) != characters_.end(); }

  /// A class's character; empty for none, " " for white space.
  const std::string& operator[](std::size_t index) const { return characters_[index]; }

private:
  std::vector<std::string> characters_;
};

} // namespace glyphgate::vision
