#pragma once

#include "vision/decode/raster.hpp"
#include "vision/ppocr/regions.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace glyphgate::vision {

/// From this distance on two texts count as different. docs/near-duplicates.md shows the distances that it lies
/// between.
inline constexpr double different_text = 0.18;

/// No print takes more bytes than this.
inline constexpr std::size_t most_print_bytes = 512 * 1024;

/// What is compared of a picture's text: its size, and the brightness in and around its regions. Small, and kept while
/// later pictures are compared with it.
class text_print {
public:
  /// What it takes in memory, beside itself.
  std::size_t bytes() const;

private:
  /// Whole pixels, from the first to before the last.
  struct area {
    int left, top, right, bottom;
  };
  /// A region, and what is kept around it.
  struct patch {
    area text{};
    area kept{};
    /// About the height of a line of its text, at least 8.
    int height = 0;
    /// The brightness of what is kept, rows from the top, 0–255.
    std::vector<std::uint8_t> levels{};
  };
  struct comparison;

  std::uint32_t width_ = 0;
  std::uint32_t height_ = 0;
  /// Whether the detector found text. Where it did not, the one patch is the whole picture.
  bool found_ = false;
  /// Whether there is more text than a print may hold. Such a print equals no other.
  bool too_much_ = false;
  std::vector<patch> patches_{};

  /// Adds a patch, and the pixels that it keeps. False where there is no room, or no text.
  bool add(const raster& pixels, patch one);

  friend text_print print_of(const raster& pixels, const std::vector<text_region>& regions);
  friend double distance(const text_print& a, const text_print& b);
};

/// The print of the text in these regions, as ppocr_recogniser::find gives them. Without regions it is of the whole
/// picture, as the detector may have overlooked text, and equals only that of another picture without regions. With
/// more than `most_print_bytes` hold it equals none.
text_print print_of(const raster& pixels, const std::vector<text_region>& regions);

/// How far apart two texts are where they differ most: the change of brightness over 3 × 3 pixels, as a share of the
/// contrast of the text there. Infinite where the pictures or their regions cannot be laid over each other. Symmetric,
/// and 0 from a print to itself, unless it holds too much or its text has hardly any contrast. Takes time in proportion
/// to the pixels kept. docs/near-duplicates.md describes the algorithm.
double distance(const text_print& a, const text_print& b);

/// Whether both show the same text; in doubt not. Symmetric.
bool shows_same_text(const text_print& a, const text_print& b);

} // namespace glyphgate::vision
