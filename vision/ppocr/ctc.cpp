#include "vision/ppocr/ctc.hpp"

#include <algorithm>

namespace glyphgate::vision {

namespace {

// With less, spaces are missed; with more, some are seen within words.
constexpr float least_space = 0.01F;

/// A character while its columns come.
struct open_character {
  std::size_t index = 0;
  float weighted = 0, weight = 0, most = 0;

  void add(float middle, float probability) {
    weighted += middle * probability;
    weight += probability;
    most = std::max(most, probability);
  }
};

} // namespace

std::vector<read_character> read_columns(std::span<const float> probabilities, const character_set& characters) {
  const auto classes = characters.size();
  std::vector<read_character> read;
  float space = 0;
  open_character open;
  const auto close = [&] {
    if (open.weight > 0)
      read.push_back({open.index, open.weighted / open.weight, open.most});
    open = {};
  };
  for (std::size_t column = 0; column < probabilities.size() / classes; ++column) {
    const auto values = probabilities.subspan(column * classes, classes);
    const auto best = static_cast<std::size_t>(std::ranges::max_element(values) - values.begin());
    if (best != open.index)
      close();
    if (best == 0 || characters.is_space(best)) {
      // What is more than the last class is a key that is blank, and only the best class can be that.
      space += best == 0 ? values.back() : values[best];
      continue;
    }
    if (open.weight == 0 && !read.empty())
      read.back().space_after = space > least_space && !is_wide_punctuation(characters[read.back().index]) &&
                                !is_wide_punctuation(characters[best]);
    space = 0;
    open.index = best;
    open.add(static_cast<float>(column) + 0.5F, values[best]);
  }
  close();
  return read;
}

} // namespace glyphgate::vision
