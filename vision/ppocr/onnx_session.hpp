#pragma once

#include "core/picture_bytes.hpp"
#include "vision/ppocr/onnx_runtime.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace glyphgate::vision {

/// What a model gave: numbers in row-major order.
struct tensor {
  std::vector<std::int64_t> shape;
  std::span<const float> values;
  /// Keeps the values where they are.
  std::shared_ptr<const void> owner;
};

/// A model that is ready to run. It has one input and one output, both of floats. It runs on the caller's thread and
/// starts none; the same input gives the same output, bit by bit. Used on one thread at a time.
class onnx_session {
public:
  /// Makes a model ready: an ONNX file's bytes, which the session copies what it needs of. The error, for people to
  /// read, where it cannot be. The runtime must outlive the session.
  static std::variant<onnx_session, std::string> open(const onnx_runtime& runtime, std::string_view model);

  onnx_session(onnx_session&&) noexcept;
  onnx_session& operator=(onnx_session&&) noexcept;
  ~onnx_session();

  /// Runs the model. `values` has as many numbers as `shape` says, and is not changed. The error, for people to read,
  /// where the model does not take that shape, or memory is short.
  std::variant<tensor, std::string> run(std::span<const std::int64_t> shape, std::span<float> values);

private:
  struct parts;
  explicit onnx_session(std::unique_ptr<parts> made);

  std::unique_ptr<parts> parts_;
};

} // namespace glyphgate::vision
