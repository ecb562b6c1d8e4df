#include "vision/ppocr/onnx_session.hpp"

#include <onnxruntime_c_api.h>

#include <array>
#include <cstddef>
#include <utility>

namespace glyphgate::vision {

namespace {

/// The version of the API that knows SetDeterministicCompute.
constexpr unsigned api_of_determinism = 17;

/// Calls the C API until one call fails, and keeps what that one said.
class calls {
public:
  explicit calls(const OrtApi& api) : api_{api} {}

  /// Takes what a call returned. Whether all went well so far.
  bool operator()(OrtStatus* status) {
    if (status == nullptr)
      return error_.empty();
    if (error_.empty())
      error_ = api_.GetErrorMessage(status);
    if (error_.empty())
      error_ = "ONNX Runtime failed";
    api_.ReleaseStatus(status);
    return false;
  }

  const std::string& error() const { return error_; }

private:
  const OrtApi& api_;
  std::string error_;
};

/// An object of the C API, which is let go of by one of its functions.
template <class Object>
class held {
public:
  explicit held(void(ORT_API_CALL* release)(Object*)) : release_{release} {}
  ~held() {
    if (object_ != nullptr)
      release_(object_);
  }
  held(const held&) = delete;
  held& operator=(const held&) = delete;

  Object** out() { return &object_; }
  Object* get() const { return object_; }

private:
  void(ORT_API_CALL* release_)(Object*);
  Object* object_ = nullptr;
};

bool set_options(calls& call, const OrtApi& api, unsigned version, OrtSessionOptions* options) {
  return call(api.SetIntraOpNumThreads(options, 1)) && call(api.SetInterOpNumThreads(options, 1)) &&
         call(api.SetSessionExecutionMode(options, ORT_SEQUENTIAL)) &&
         call(api.SetSessionGraphOptimizationLevel(options, ORT_ENABLE_ALL)) &&
         // Every picture has another shape: a plan of the memory of one would serve no other. Without the arena what a
         // picture took is free for the next, and for whatever else the process does.
         call(api.DisableMemPattern(options)) && call(api.DisableCpuMemArena(options)) &&
         (version < api_of_determinism || call(api.SetDeterministicCompute(options, true)));
}

} // namespace

struct onnx_session::parts {
  explicit parts(const OrtApi& from) : api{from}, session{from.ReleaseSession}, memory{from.ReleaseMemoryInfo} {}

  const OrtApi& api;
  held<OrtSession> session;
  held<OrtMemoryInfo> memory;
  std::string input, output;
};

onnx_session::onnx_session(std::unique_ptr<parts> made) : parts_{std::move(made)} {}

onnx_session::onnx_session(onnx_session&&) noexcept = default;
onnx_session& onnx_session::operator=(onnx_session&&) noexcept = default;
onnx_session::~onnx_session() = default;

std::variant<onnx_session, std::string> onnx_session::open(const onnx_runtime& runtime, std::string_view model) {
  if (!runtime.failure().empty())
    return runtime.failure();
  const auto& api = *runtime.api_;
  calls call{api};
  held<OrtSessionOptions> options{api.ReleaseSessionOptions};
  auto made = std::make_unique<parts>(api);
  OrtAllocator* allocator = nullptr;
  std::size_t inputs = 0, outputs = 0;
  if (!call(api.CreateSessionOptions(options.out())) || !set_options(call, api, runtime.api_version_, options.get()) ||
      !call(api.CreateSessionFromArray(runtime.environment_, model.data(), model.size(), options.get(),
                                       made->session.out())) ||
      !call(api.CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault, made->memory.out())) ||
      !call(api.GetAllocatorWithDefaultOptions(&allocator)) ||
      !call(api.SessionGetInputCount(made->session.get(), &inputs)) ||
      !call(api.SessionGetOutputCount(made->session.get(), &outputs)))
    return call.error();
  if (inputs != 1 || outputs != 1)
    return std::string{"the model has not one input and one output"};
  const auto take_name = [&](auto getter, std::string& name) {
    char* text = nullptr;
    if (!call(getter(made->session.get(), 0, allocator, &text)))
      return false;
    name = text;
    return call(api.AllocatorFree(allocator, text));
  };
  if (!take_name(api.SessionGetInputName, made->input) || !take_name(api.SessionGetOutputName, made->output))
    return call.error();
  return onnx_session{std::move(made)};
}

std::variant<tensor, std::string> onnx_session::run(std::span<const std::int64_t> shape, std::span<float> values) {
  const auto& api = parts_->api;
  calls call{api};
  held<OrtValue> given{api.ReleaseValue};
  const auto result = std::make_shared<held<OrtValue>>(api.ReleaseValue);
  const std::array input{parts_->input.c_str()}, output{parts_->output.c_str()};
  const auto run_once = [&] {
    const OrtValue* const inputs[] = {given.get()};
    return call(api.Run(parts_->session.get(), nullptr, input.data(), inputs, 1, output.data(), 1, result->out()));
  };
  held<OrtTensorTypeAndShapeInfo> info{api.ReleaseTensorTypeAndShapeInfo};
  auto type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  std::size_t dimensions = 0, count = 0;
  void* data = nullptr;
  if (!call(api.CreateTensorWithDataAsOrtValue(parts_->memory.get(), values.data(), values.size_bytes(), shape.data(),
                                               shape.size(), ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, given.out())) ||
      !run_once() || !call(api.GetTensorTypeAndShape(result->get(), info.out())) ||
      !call(api.GetTensorElementType(info.get(), &type)) || !call(api.GetDimensionsCount(info.get(), &dimensions)) ||
      !call(api.GetTensorShapeElementCount(info.get(), &count)) ||
      !call(api.GetTensorMutableData(result->get(), &data)))
    return call.error();
  if (type != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT)
    return std::string{"the model gives no floats"};
  tensor made;
  made.shape.resize(dimensions);
  if (!call(api.GetDimensions(info.get(), made.shape.data(), dimensions)))
    return call.error();
  made.values = {static_cast<const float*>(data), count};
  made.owner = result;
  return made;
}

} // namespace glyphgate::vision
