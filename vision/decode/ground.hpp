#pragma once

#include "vision/decode/raster.hpp"

#include <cstddef>
#include <cstdint>

/// What transparent pictures are laid on, so that their ink can be read.
namespace glyphgate::vision {

/// Looks through a picture's rows and chooses the ground: white, or black where the ink is light.
///
/// The ink is the pixels that are more visible than not; where there are none, all of them, by their visibility. What
/// counts is how light they are on average, and where an outline is of another colour than what it encloses, what it
/// encloses: white letters with a black outline, as captions have, become white letters on black. An outline is told by
/// the pixels beside transparent ones: as far as these are darker than the average, the inside is taken to be lighter.
///
/// A picture of which less than an eighth is transparent is laid on white: its ink has a ground of its own. So is one
/// of which nothing is visible. Where some of the ink is light and some dark, side by side, the larger part decides,
/// and the other cannot be read: no level is far from both.
class ground_survey {
public:
  /// `channels` counts alpha: 2 or 4.
  explicit ground_survey(std::uint32_t channels) : channels_{channels} {}

  /// The next row, not premultiplied.
  void add(const std::uint8_t* row, std::size_t width);

  /// After the last row: the level of the ground, in each channel.
  std::uint8_t ground() const;

private:
  /// A sum of levels, and of how much each counts.
  struct average {
    std::uint64_t sum = 0, weight = 0;

    void add(std::uint64_t level, std::uint64_t by = 1) {
      sum += level * by;
      weight += by;
    }
    std::int64_t value() const { return static_cast<std::int64_t>(sum / weight); }
  };

  unsigned level(const std::uint8_t* pixel) const;

  std::uint32_t channels_;
  std::uint64_t pixels_ = 0;
  average visible_, ink_, edge_;
};

/// Lays `count` pixels of grey or RGB, each with alpha (not premultiplied), on a ground of that level. `channels`
/// counts alpha. `to` may be `from`.
void lay_on(std::uint8_t ground, const std::uint8_t* from, std::size_t count, std::uint32_t channels, std::uint8_t* to);

/// Lays a picture on the ground that suits it, in place; one without alpha is left as it is.
void lay_on_ground(raster& picture);

} // namespace glyphgate::vision
