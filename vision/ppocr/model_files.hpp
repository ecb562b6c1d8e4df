#pragma once

#include "core/picture_bytes.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace glyphgate::vision {

/// A model's file, mapped; stays readable as long as it is kept. Nothing where it is not there. Asked for "det.onnx",
/// "rec.onnx", "cls.onnx", "keys.txt" and "SHA256SUMS".
using mapped_model_source = std::function<std::optional<held_bytes>(std::string_view name)>;

/// A model's file, which is what `sums` says that it is: lines of a SHA-256 in hexadecimal, two blanks and a name, as
/// sha256sum writes them. Why it cannot be used, for people to read, where it is not there, not named, or different.
std::variant<held_bytes, std::string> checked_model(const mapped_model_source& models, std::string_view name,
                                                    std::string_view sums);

} // namespace glyphgate::vision
