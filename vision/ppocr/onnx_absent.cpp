#include "vision/ppocr/onnx_session.hpp"

// What stands in for ONNX Runtime where its header was not there when the program was built.
namespace glyphgate::vision {

onnx_runtime::onnx_runtime(const std::filesystem::path&)
    : failure_{"this program was built without ONNX Runtime's header; run script/setup and build it again"} {}

onnx_runtime::~onnx_runtime() = default;

struct onnx_session::parts {};

onnx_session::onnx_session(std::unique_ptr<parts> made) : parts_{std::move(made)} {}

onnx_session::onnx_session(onnx_session&&) noexcept = default;
onnx_session& onnx_session::operator=(onnx_session&&) noexcept = default;
onnx_session::~onnx_session() = default;

std::variant<onnx_session, std::string> onnx_session::open(const onnx_runtime& runtime, std::string_view) {
  return runtime.failure();
}

std::variant<tensor, std::string> onnx_session::run(std::span<const std::int64_t>, std::span<float>) {
  return std::string{"there is no ONNX Runtime"};
}

} // namespace glyphgate::vision
