#include "second_decoder.hpp"

#include <memory>
#include <stdexcept>
#include <utility>

// One file holds the library; only this one needs it. It is compiled without warnings: they would be the library's.
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_JPEG
#define STBI_NO_STDIO
#include <stb/stb_image.h>

namespace glyphgate::vision::test {

raster second_decode(std::string_view jpeg) {
  int width = 0, height = 0, channels = 0;
  const std::unique_ptr<stbi_uc, decltype(&stbi_image_free)> pixels{
      stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(jpeg.data()), static_cast<int>(jpeg.size()), &width,
                            &height, &channels, 0),
      &stbi_image_free};
  if (!pixels)
    throw std::runtime_error{stbi_failure_reason()};
  auto result = make_raster(static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height),
                            static_cast<std::uint32_t>(channels));
  result.pixels.assign(pixels.get(), pixels.get() + result.pixels.size());
  return result;
}

} // namespace glyphgate::vision::test
