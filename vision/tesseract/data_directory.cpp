#include "vision/tesseract/data_directory.hpp"

#include "vision/tesseract/languages.hpp"

#include <charconv>
#include <cstdlib>
#include <string>
#include <system_error>

namespace glyphgate::vision {

namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& directory) {
  std::error_code ignored;
  return fs::is_directory(directory, ignored);
}

bool holds_models(const fs::path& directory) {
  std::error_code ignored;
  for (fs::directory_iterator at{directory, ignored}, end; at != end; at.increment(ignored))
    if (at->path().extension() == model_extension)
      return true;
  return false;
}

/// -1 for a name that is no version.
double version_of(const fs::path& directory) {
  const auto name = directory.filename().string();
  double version = -1;
  std::from_chars(name.data(), name.data() + name.size(), version);
  return version;
}

} // namespace

fs::path tesseract_data_directory(const fs::path& shared) {
  constexpr auto inner = "tessdata";
  if (const char* prefix = std::getenv("TESSDATA_PREFIX"); prefix != nullptr && *prefix != '\0') {
    const fs::path named{prefix};
    return !holds_models(named) && is_there(named / inner) ? named / inner : named;
  }

  double newest = -1;
  fs::path found = shared / inner;
  std::error_code ignored;
  for (fs::directory_iterator at{shared / "tesseract-ocr", ignored}, end; at != end; at.increment(ignored))
    if (const auto version = version_of(at->path()); version > newest && is_there(at->path() / inner)) {
      newest = version;
      found = at->path() / inner;
    }
  return found;
}

} // namespace glyphgate::vision
