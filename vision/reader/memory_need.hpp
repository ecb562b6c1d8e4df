#pragma once

#include "core/picture.hpp"
#include "vision/montage.hpp"
#include "vision/picture_header.hpp"
#include "vision/reader/reading_request.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

/// What the reader's process takes of memory: docs/memory.md has what was measured.
namespace glyphgate::vision {

/// Of its own, whatever the picture, bytes: besides, with the engine's models loaded.
constexpr std::uint64_t reader_base_memory = 48ULL << 20;
constexpr std::uint64_t engine_base_memory = 192ULL << 20;
/// What ppocr's networks work in, whatever the picture, bytes.
constexpr std::uint64_t ppocr_working_memory = 64ULL << 20;

/// To look at a document, besides its file: its tables, and the fonts and streams of one page at a time.
constexpr std::uint64_t looking_memory = 64ULL << 20;

/// To decode a picture for a montage, row by row.
inline std::uint64_t decoding_memory(const picture_header& header) {
  return header.needs.rows;
}

/// To decode a picture as a whole and read it with Tesseract, which begins when the decoder has gone.
inline std::uint64_t tesseract_memory(const picture_header& header) {
  // Of a page full of small print, pixels included: 10.6 and 4.3 were measured.
  constexpr std::uint64_t halves_a_pixel_of_colour = 22, halves_a_pixel_of_grey = 9;
  const auto pixels = header.info.pixels();
  const bool grey = header.needs.whole - header.needs.rows <= pixels;
  return std::max(header.needs.whole, (grey ? halves_a_pixel_of_grey : halves_a_pixel_of_colour) * pixels / 2);
}

/// To decode a picture as a whole and read it with ppocr, which works on a copy that is scaled down.
inline std::uint64_t ppocr_memory(const picture_header& header) {
  // The scaling's: 3.7 were measured.
  constexpr std::uint64_t bytes_a_pixel = 4;
  return header.needs.whole + bytes_a_pixel * header.info.pixels() + ppocr_working_memory;
}

/// To decode a picture as a whole and read it so. Tesseract takes the pixels over when ppocr has ended.
inline std::uint64_t reading_memory(const picture_header& header, const reading_request& how) {
  switch (how.engine) {
  case reading_engine::tesseract: return tesseract_memory(header);
  case reading_engine::ppocr: return ppocr_memory(header);
  case reading_engine::surer:
  case reading_engine::both: break;
  }
  return std::max(ppocr_memory(header), tesseract_memory(header));
}

/// What is said of a picture that needs more than there is, both in bytes.
inline std::string too_much_memory(std::uint64_t needed, std::uint64_t available) {
  const auto mib = [](std::uint64_t bytes) {
    constexpr std::uint64_t one = 1ULL << 20;
    return std::to_string(bytes / one + (bytes % one != 0 ? 1 : 0)) + " MiB";
  };
  return "the image needs " + mib(needed) + " of memory to be read; at most " + mib(available) +
         " are available (PICTURE_MEMORY_MB)";
}

/// Of a montage's file, which is not larger than `limits` and hardly ever larger than three bytes a pixel.
inline std::uint64_t montage_memory(const std::vector<picture>& pictures, const montage_limits& limits) {
  const auto size = montage_size_of(pictures);
  return std::min<std::uint64_t>(limits.bytes, 3 * size.width * size.height);
}

} // namespace glyphgate::vision
