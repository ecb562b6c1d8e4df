#pragma once

#include "core/picture.hpp"
#include "vision/montage.hpp"
#include "vision/picture_header.hpp"

#include <cstdint>
#include <vector>

/// What the reader's process takes of memory: docs/memory.md has what was measured.
namespace glyphgate::vision {

/// Of its own, whatever the picture, bytes: besides, with the engine's models loaded.
constexpr std::uint64_t reader_base_memory = 48ULL << 20;
constexpr std::uint64_t engine_base_memory = 192ULL << 20;

/// To decode a picture for a montage, row by row.
inline std::uint64_t decoding_memory(const picture_header& header) {
  return header.needs.rows;
}

/// To decode a picture as a whole and read it with Tesseract.
inline std::uint64_t reading_memory(const picture_header& header) {
  constexpr std::uint64_t bytes_a_pixel = 12;
  return header.needs.whole + bytes_a_pixel * header.info.pixels();
}

/// Of a montage's file, which is not larger than `limits` and hardly ever larger than three bytes a pixel.
inline std::uint64_t montage_memory(const std::vector<picture>& pictures, const montage_limits& limits) {
  const auto size = montage_size_of(pictures);
  return std::min<std::uint64_t>(limits.bytes, 3 * size.width * size.height);
}

} // namespace glyphgate::vision
