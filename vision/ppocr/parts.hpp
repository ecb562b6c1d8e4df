#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace glyphgate::vision {

/// The files that ppocr is made of, in one directory that `script/setup` fills. Nothing of them is loaded here: the
/// reader does it, and compares the models with `checksums` first.
struct ppocr_parts {
  std::filesystem::path directory;
  /// For people: "PP-OCRv4, onnxruntime 1.20.1".
  std::string version;
  /// As `engine_provider::recognition_scope`: changes with each byte of the models and of the runtime.
  std::string scope;

  /// The library, which the reader loads before it is caged.
  std::filesystem::path runtime() const;
  /// What its models read: BCP 47 tags.
  static std::vector<std::string> languages() { return {"en", "zh-Hans"}; }

  /// A model's file by the name that the reader has for it.
  std::filesystem::path file_of(std::string_view name) const { return directory / name; }
};

/// What the reader needs besides the runtime, by name.
inline constexpr std::string_view ppocr_models[] = {"det.onnx", "cls.onnx", "rec.onnx", "keys.txt", "SHA256SUMS"};

/// Looks whether all is there; reads two short lists and no model. Else why the engine is absent, with the mend. An
/// empty directory stands for where it usually is: `ppocr` beside the program, or `../lib/glyphgate/ppocr`.
std::variant<ppocr_parts, std::string> find_ppocr_parts(const std::filesystem::path& directory);

} // namespace glyphgate::vision
