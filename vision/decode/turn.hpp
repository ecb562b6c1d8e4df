#pragma once

#include "vision/decode/raster.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

/// Turns pictures as their EXIF orientation, 1–8, asks for, with memory for one of them and a few rows.
namespace glyphgate::vision {

/// The upright picture, made of the rows as stored, one after the other.
class upright_builder {
public:
  /// `width` and `height` are as stored.
  upright_builder(std::uint32_t width, std::uint32_t height, std::uint32_t channels, std::uint8_t orientation);

  /// Where the next row is to be written.
  std::uint8_t* next_row();
  /// It is written.
  void push_row();

  /// After the last row, once.
  raster finish() { return std::move(made_); }

private:
  template <std::size_t Channels>
  void place_waiting();

  std::uint32_t width_, height_;
  std::uint8_t orientation_;
  raster made_;
  /// How many rows are placed, and where those wait that become columns: `waiting_` of them.
  std::uint32_t placed_ = 0, waiting_ = 0, most_waiting_ = 0;
  std::vector<std::uint8_t> columns_;
};

/// Reads a raster as stored in the order that its orientation asks for. The raster must outlive it.
class upright_view {
public:
  upright_view(const raster& stored, std::uint8_t orientation);

  std::uint32_t width() const { return width_; }
  std::uint32_t height() const { return height_; }

  /// Row `y` of the upright picture, `width()` pixels.
  void copy_row(std::uint32_t y, std::uint8_t* to) const;

private:
  std::uint32_t width_, height_;
  std::ptrdiff_t pixel_bytes_;
  /// Where the upright picture's first pixel is stored, and what a step to the right and one down mean there, bytes.
  const std::uint8_t* first_;
  std::ptrdiff_t right_, down_;
};

/// Reverses a row of pixels.
void mirror_row(std::uint8_t* row, std::uint32_t width, std::uint32_t channels);

/// Turns a raster as stored, of grey or RGB, into the upright one, in place. Where it is laid on its side that takes a
/// bit a pixel, and time: pixels are moved one by one, each to where the next one lies.
raster upright(raster stored, std::uint8_t orientation);

} // namespace glyphgate::vision
