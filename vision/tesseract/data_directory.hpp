#pragma once

#include <filesystem>

namespace glyphgate::vision {

/// Where Tesseract's models lie, each a file NAME.traineddata; the directory may not exist. `TESSDATA_PREFIX`, if it is
/// set and not empty: the directory itself, as Tesseract 5 takes it, or its parent that holds `tessdata`, as older ones
/// did. Otherwise where libtesseract was built to look: `tesseract-ocr/VERSION/tessdata` under `shared` on Debian, of
/// the newest version that there is; `tessdata` under `shared` elsewhere. libtesseract is not asked.
std::filesystem::path tesseract_data_directory(const std::filesystem::path& shared = "/usr/share");

} // namespace glyphgate::vision
