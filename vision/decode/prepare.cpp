#include "vision/decode/prepare.hpp"

#include <libheif/heif.h>
#include <tiffio.h>

namespace glyphgate::vision {

void prepare_decoders() {
  TIFFSetErrorHandler(nullptr);
  TIFFSetWarningHandler(nullptr);
  heif_init(nullptr);
}

} // namespace glyphgate::vision
