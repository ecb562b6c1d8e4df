#pragma once

#include "vision/ppocr/character_set.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace glyphgate::vision {

/// A character that was read in the columns of a line.
struct read_character {
  /// Of the character set.
  std::size_t index;
  /// Its place: the mean of its columns' middles, weighted by how sure each is. The first column's middle is 0.5.
  float centre;
  /// The most that any of its columns is sure, 0–1.
  float probability;
  /// White space stands between it and the next one; false for the last.
  bool space_after = false;
};

/// Reads a line: the most likely class of each column, repeated ones once, without blanks (the best path of
/// Connectionist Temporal Classification; Graves and others, 2006). The model seldom decides for a space, so one is
/// taken to stand wherever the probabilities of white space, summed over the columns between two characters, exceed
/// 0.01.
///
/// `probabilities` has as many numbers a column as there are classes.
std::vector<read_character> read_columns(std::span<const float> probabilities, const character_set& characters);

} // namespace glyphgate::vision
