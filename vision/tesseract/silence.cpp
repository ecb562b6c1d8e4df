#include "vision/tesseract/silence.hpp"

#include <allheaders.h>
#include <tesseract/baseapi.h>

namespace glyphgate::vision {

void silence_tesseract() {
  // Both settings are global to their libraries.
  [[maybe_unused]] static const bool silenced = [] {
    setMsgSeverity(L_SEVERITY_NONE);
    ::tesseract::TessBaseAPI api;
    const bool set = api.SetVariable("debug_file", "/dev/null");
    // The file is opened for the first message, and a later one may come where no file can be opened. This one says
    // that there is no picture.
    api.AnalyseLayout();
    return set;
  }();
}

} // namespace glyphgate::vision
