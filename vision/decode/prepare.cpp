#include "vision/decode/prepare.hpp"

#include <libheif/heif.h>
#include <tiffio.h>

#include <array>
#include <cstdlib>
#include <cstring>

namespace glyphgate::vision {

void prepare_decoders() {
  TIFFSetErrorHandler(nullptr);
  TIFFSetWarningHandler(nullptr);
  heif_init(nullptr);
  // The C library asks for the size of the memory when it first sorts so much; libtiff sorts the tags that it knows.
  std::array<char, 2048> sorted{};
  std::qsort(sorted.data(), sorted.size(), 1, [](const void* a, const void* b) { return std::memcmp(a, b, 1); });
}

} // namespace glyphgate::vision
