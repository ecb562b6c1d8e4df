#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace glyphgate::http {

/// What a PDF must be told of a JPEG that it holds.
struct jpeg_facts {
  /// As stored, pixels, ≥ 1.
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  /// 1 grey, 3 colours, 4 inks.
  std::uint8_t components = 0;
  /// Three components are red, green and blue themselves.
  bool is_rgb = false;
  /// Whether Adobe's marker is there, whose writers store inks inverted.
  bool has_adobe = false;
  /// Dots per inch that its JFIF header tells; 0 where it tells none.
  double density = 0;
};

/// Read from the markers, without decoding; safe on hostile bytes. Nothing where a PDF cannot hold the file as it is:
/// it is no JPEG, or has another precision than 8 bits, lossless or arithmetic coding, or its height in a later marker.
std::optional<jpeg_facts> facts_of_jpeg(std::string_view file);

} // namespace glyphgate::http
