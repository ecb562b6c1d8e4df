#pragma once

#include <png.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace glyphgate {

/// A small grey PNG that differs from every other with another number.
inline std::string test_png(std::uint64_t number) {
  constexpr std::uint32_t width = 16;
  constexpr std::uint32_t height = 8;
  std::vector<std::uint8_t> pixels(width * height, 0xFF);
  for (std::uint32_t bit = 0; bit < 64; ++bit)
    if ((number >> bit & 1) != 0)
      pixels[bit] = 0;
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = PNG_FORMAT_GRAY;
  std::string file(1024, '\0');
  png_alloc_size_t size = file.size();
  if (png_image_write_to_memory(&image, file.data(), &size, 0, pixels.data(), 0, nullptr) == 0)
    throw std::runtime_error{image.message};
  file.resize(size);
  return file;
}

} // namespace glyphgate
