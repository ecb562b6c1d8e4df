#pragma once

#include "vision/ppocr/model_files.hpp"

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <ios>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace glyphgate::test {

/// The parts of the engine ppocr in a directory: script/setup makes parts/ppocr.
class ppocr_parts {
public:
  explicit ppocr_parts(std::filesystem::path directory) : directory_{std::move(directory)} {}

  bool are_there() const { return std::filesystem::exists(directory_ / "SHA256SUMS"); }

  std::filesystem::path runtime() const { return directory_ / "libonnxruntime.so.1"; }

  /// Gives the files as they are; read, not mapped.
  vision::mapped_model_source source() const {
    return [directory = directory_](std::string_view name) -> std::optional<held_bytes> {
      std::ifstream file{directory / name, std::ios::binary | std::ios::ate};
      if (!file)
        return std::nullopt;
      const auto bytes = std::make_shared<std::string>(static_cast<std::size_t>(file.tellg()), '\0');
      file.seekg(0);
      file.read(bytes->data(), static_cast<std::streamsize>(bytes->size()));
      return held_bytes{*bytes, bytes};
    };
  }

private:
  std::filesystem::path directory_;
};

} // namespace glyphgate::test
