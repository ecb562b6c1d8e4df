#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace glyphgate::bench {

/// Ends the program.
[[noreturn]] inline void fail(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(1);
}

/// The files of the English sample captions in `directory` (docs/samples): JPEGs that can be joined.
inline std::vector<std::string> read_sample_strips(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator{directory})
    if (entry.path().filename().string().starts_with("caption-en") && entry.path().extension() == ".jpg")
      files.push_back(entry.path());
  if (files.empty())
    fail("no caption-en*.jpg in " + directory.string());
  std::ranges::sort(files);
  std::vector<std::string> strips;
  for (const auto& file : files) {
    std::ifstream in{file, std::ios::binary};
    strips.emplace_back(std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{});
  }
  return strips;
}

} // namespace glyphgate::bench
