#include "vision/ppocr/parts.hpp"

#include "core/digest.hpp"
#include "vision/reader/reader_program.hpp"

#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

namespace glyphgate::vision {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view library = "libonnxruntime.so.1";
// Counts the changes of how the same models are used: of the algorithm, and of the calibration.
constexpr std::string_view revision = "1";

std::string text_of(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// What VERSIONS says of a part; empty where it says nothing.
std::string version_of(std::string_view part, const std::string& versions) {
  std::istringstream lines{versions};
  for (std::string name, version; lines >> name >> version;)
    if (name == part)
      return version;
  return {};
}

fs::path usual_directory() {
  const auto beside = reader_program().parent_path();
  std::error_code unknown;
  return fs::exists(beside / "ppocr", unknown) ? beside / "ppocr" : beside.parent_path() / "lib/glyphgate/ppocr";
}

} // namespace

fs::path ppocr_parts::runtime() const {
  return directory / library;
}

std::variant<ppocr_parts, std::string> find_ppocr_parts(const fs::path& directory) {
#ifdef GLYPHGATE_WITHOUT_ONNXRUNTIME
  return "this program was built without onnxruntime_c_api.h; script/setup brings it, then build again";
#endif
  ppocr_parts found;
  found.directory = directory.empty() ? usual_directory() : directory;
  std::error_code unknown;
  const auto missing = [&](std::string_view name) { return !fs::exists(found.directory / name, unknown); };
  const auto absent = [&](std::string_view name) {
    return (found.directory / name).string() + " is not there; script/setup brings it, PPOCR_DIR says where it is";
  };
  if (missing(library))
    return absent(library);
  for (const auto name : ppocr_models)
    if (missing(name))
      return absent(name);
  const auto runtime = version_of("onnxruntime", text_of(found.directory / "VERSIONS"));
  found.version = "PP-OCRv4, onnxruntime " + (runtime.empty() ? "of an unknown version" : runtime);
  constexpr std::size_t enough = 16;
  found.scope = "ppocr " + std::string{revision} + ' ' +
                to_hex(sha256(text_of(found.directory / "SHA256SUMS"))).substr(0, enough);
  return found;
}

} // namespace glyphgate::vision
