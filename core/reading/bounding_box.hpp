#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace glyphgate {

/// Nothing lies further from the origin, and nothing is larger: pixels.
constexpr std::int32_t max_coordinate = 1 << 26;

/// A rectangle in the upright picture's pixels; x to the right, y down, the origin at the top left corner.
struct bounding_box {
  std::int32_t x = 0;
  std::int32_t y = 0;
  std::int32_t width = 0;
  std::int32_t height = 0;
  friend bool operator==(const bounding_box&, const bounding_box&) = default;
};

/// A place between the upright picture's pixels.
struct pixel_point {
  std::int32_t x = 0;
  std::int32_t y = 0;
  friend bool operator==(const pixel_point&, const pixel_point&) = default;
};

/// Four corners around text, in the order in which the text has them: top left, top right, bottom right, bottom left.
/// The first corner of text that is upside down lies at the bottom right of the picture.
struct bounding_quad {
  std::array<pixel_point, 4> corners{};
  friend bool operator==(const bounding_quad&, const bounding_quad&) = default;
};

/// The corners of a rectangle, around text that runs to the right.
bounding_quad quad_of(const bounding_box& box);

/// The smallest rectangle around the corners, which lie within ±max_coordinate.
bounding_box hull_of(const bounding_quad& quad);

/// Whether it is a rectangle around text that runs to the right: `quad_of(hull_of(quad)) == quad`.
bool is_upright(const bounding_quad& quad);

/// The corners, those outside moved to the nearest place in a picture of that size.
bounding_quad clipped(const bounding_quad& quad, std::uint32_t width, std::uint32_t height);

/// The smallest rectangle around all of them that has the direction of their text, which is the sum of their first
/// sides. Around quads that are upright it is upright, and exact. All zero where there are none.
bounding_quad quad_around(std::span<const bounding_quad> quads);

} // namespace glyphgate
