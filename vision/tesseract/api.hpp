#pragma once

#include <memory>

namespace tesseract {
class TessBaseAPI;
}

namespace glyphgate::vision {

/// A new handle to libtesseract, nothing loaded yet. The first one silences what Tesseract and Leptonica would print to
/// standard error, for the whole process. Callable from any thread; a handle belongs to one thread at a time.
std::unique_ptr<::tesseract::TessBaseAPI> make_tesseract_api();

} // namespace glyphgate::vision
