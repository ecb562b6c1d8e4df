#include "vision/ppocr/line_spread.hpp"

#include <algorithm>
#include <cstddef>

namespace glyphgate::vision {

namespace {

// The width that a small letter has in a line of 48 pixels, where no neighbours tell.
constexpr float usual_letter = 17;

/// How wide a character usually is, in small letters.
float usual_width(std::string_view text) {
  if (text.size() > 2)
    return 2;
  if (text.find_first_of("iljI.,:;!'|`") == 0)
    return 0.55F;
  if (text.find_first_of("frt()[]{}-/\\\"") == 0)
    return 0.75F;
  if (text.find_first_of("mwMW@%") == 0)
    return 1.5F;
  if (text[0] >= 'A' && text[0] <= 'Z')
    return 1.25F;
  return 1;
}

/// How wide a small letter is in this line: the median of what each pair of neighbours says.
float letter_width(const std::vector<character_place>& characters) {
  std::vector<float> told;
  for (std::size_t i = 0; i + 1 < characters.size(); ++i)
    if (!characters[i].space_after)
      told.push_back(2 * (characters[i + 1].centre - characters[i].centre) /
                     (usual_width(characters[i].text) + usual_width(characters[i + 1].text)));
  if (told.empty())
    return usual_letter;
  const auto middle = told.begin() + static_cast<std::ptrdiff_t>(told.size() / 2);
  std::ranges::nth_element(told, middle);
  return *middle;
}

} // namespace

std::vector<character_extent> spread_characters(const std::vector<character_place>& characters, float line_width) {
  std::vector<character_extent> extents;
  const float letter = letter_width(characters);
  float taken = 0;
  for (std::size_t i = 0; i < characters.size(); ++i) {
    const auto& [text, centre, space_after] = characters[i];
    const float width = usual_width(text), reach = letter * width / 2;
    const bool begins = i == 0 || characters[i - 1].space_after;
    const bool ends = i + 1 == characters.size() || space_after;
    const float left = begins ? std::max(taken, centre - reach) : taken;
    float right = line_width;
    if (i + 1 < characters.size()) {
      const float share = width / (width + usual_width(characters[i + 1].text));
      right = centre + (characters[i + 1].centre - centre) * share;
    }
    if (ends)
      right = std::min(right, centre + reach);
    extents.push_back({left, right});
    taken = right;
  }
  return extents;
}

} // namespace glyphgate::vision
