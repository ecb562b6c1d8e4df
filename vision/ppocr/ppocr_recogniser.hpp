#pragma once

#include "core/recognition.hpp"
#include "vision/decode/raster.hpp"
#include "vision/ppocr/model_files.hpp"
#include "vision/ppocr/onnx_runtime.hpp"
#include "vision/ppocr/regions.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace glyphgate::vision {

struct ppocr_options {
  /// What a picture's longer side is scaled down to for the detector, pixels; a multiple of 32, at least 256. More
  /// finds smaller text, and takes memory and time with its square.
  std::uint32_t side_limit = 960;
};

/// PP-OCRv4 with its models for Chinese and English: finds lines, turns those that stand on their heads, and reads
/// them. For a process that may open no file. Reads one picture at a time, to its end: whoever needs a time limit ends
/// the process. The same picture is read the same way each time. Used on one thread at a time. docs/ppocr.md has the
/// way that it takes, and its bounds.
class ppocr_recogniser {
public:
  /// The runtime must outlive it. Made before files are forbidden, as the runtime is: after that nothing opens a file.
  ppocr_recogniser(const onnx_runtime& runtime, mapped_model_source models, ppocr_options options = {});
  ~ppocr_recogniser();

  /// Makes ready; does nothing where that is done. Compares each file's SHA-256 with SHA256SUMS. Says why it cannot,
  /// for people to read; then nothing is loaded. Reading and finding do it by themselves.
  std::optional<std::string> load();

  /// Reads an upright raster, grey or RGB. Lines from the top, in a row from the left; `text_break::space` between the
  /// lines of a row. Boxes are upright, also around text that is not. The error, for people to read, where the models
  /// cannot be used.
  std::variant<recognition, std::string> read(const raster& pixels);

  /// Reads what `find` found in the same raster.
  std::variant<recognition, std::string> read(const raster& pixels, const std::vector<text_region>& regions);

  /// Detection alone: empty where the picture holds no text.
  std::variant<std::vector<text_region>, std::string> find(const raster& pixels);

  /// Whether it can read that character at all. Loaded.
  bool knows(std::string_view character) const;

  /// Lets go of the models, which the next picture loads again.
  void rest();

private:
  struct loaded_models;

  const onnx_runtime& runtime_;
  const mapped_model_source models_;
  const ppocr_options options_;
  std::unique_ptr<loaded_models> loaded_;
};

} // namespace glyphgate::vision
