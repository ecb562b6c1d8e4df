#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace glyphgate {

/// The pictures that the project shows what it does with; beside each is a .txt with what is written in it.
inline std::filesystem::path samples_directory() {
  return std::filesystem::path{GLYPHGATE_SOURCE_DIR} / "docs/samples";
}

/// The bytes of a file; empty when it cannot be read.
inline std::string content_of(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// What is written in the sample.
inline std::string text_beside(const std::filesystem::path& picture) {
  return content_of(std::filesystem::path{picture}.replace_extension("txt"));
}

} // namespace glyphgate
