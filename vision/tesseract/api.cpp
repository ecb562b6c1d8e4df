#include "vision/tesseract/api.hpp"

#include <allheaders.h>
#include <tesseract/baseapi.h>

namespace glyphgate::vision {

std::unique_ptr<::tesseract::TessBaseAPI> make_tesseract_api() {
  auto api = std::make_unique<::tesseract::TessBaseAPI>();
  // Both settings are global to their libraries.
  [[maybe_unused]] static const bool silenced = [&] {
    setMsgSeverity(L_SEVERITY_NONE);
    return api->SetVariable("debug_file", "/dev/null");
  }();
  return api;
}

} // namespace glyphgate::vision
