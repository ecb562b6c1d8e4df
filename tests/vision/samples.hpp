#pragma once

#include "pictures.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

/// The pictures in docs/samples, and the text of each.
namespace glyphgate::vision::test {

inline std::string contents(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  BOOST_REQUIRE_MESSAGE(file, path << " cannot be read");
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// A sample as a picture of a call, e.g. "page.jpg".
inline picture sample(const std::string& name) {
  return picture_of(name, contents(std::filesystem::path{GLYPHGATE_SAMPLES} / name));
}

/// A sample's lines without the empty ones, which no break stands for.
inline std::string expected_text(const std::string& name) {
  std::istringstream lines{
      contents((std::filesystem::path{GLYPHGATE_SAMPLES} / name).replace_extension("txt").string())};
  std::string text;
  for (std::string line; std::getline(lines, line);)
    if (!line.empty())
      text += (text.empty() ? "" : "\n") + line;
  return text;
}

} // namespace glyphgate::vision::test
