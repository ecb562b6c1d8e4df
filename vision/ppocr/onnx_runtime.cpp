#include "vision/ppocr/onnx_runtime.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <onnxruntime_c_api.h>
#include <unistd.h>

#include <algorithm>

namespace glyphgate::vision {

namespace {

// Older ones were not tried.
constexpr unsigned oldest_api = 14;

/// Standard error leads nowhere for as long as this is kept.
class silent_standard_error {
public:
  silent_standard_error() : kept_{::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)} {
    if (kept_ < 0)
      return;
    if (const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC); nowhere >= 0) {
      ::dup2(nowhere, STDERR_FILENO);
      ::close(nowhere);
    }
  }
  ~silent_standard_error() {
    if (kept_ < 0)
      return;
    ::dup2(kept_, STDERR_FILENO);
    ::close(kept_);
  }

  silent_standard_error(const silent_standard_error&) = delete;
  silent_standard_error& operator=(const silent_standard_error&) = delete;

private:
  int kept_;
};

void ORT_API_CALL say_nothing(void*, OrtLoggingLevel, const char*, const char*, const char*, const char*) {}

/// The number before the second dot: the API's version is the minor one of the library.
unsigned minor_version(const std::string& version) {
  const auto dot = version.find('.');
  unsigned minor = 0;
  for (auto at = dot == std::string::npos ? version.size() : dot + 1;
       at < version.size() && version[at] >= '0' && version[at] <= '9' && minor < 10'000; ++at)
    minor = minor * 10 + static_cast<unsigned>(version[at] - '0');
  return minor;
}

} // namespace

onnx_runtime::onnx_runtime(const std::filesystem::path& library) {
  const silent_standard_error silent;
  void* const loaded = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (loaded == nullptr) {
    const char* const why = ::dlerror();
    failure_ = "ONNX Runtime cannot be loaded: " + std::string{why == nullptr ? library.c_str() : why};
    return;
  }
  using get_api_base = const OrtApiBase*(ORT_API_CALL*)();
  const auto get = reinterpret_cast<get_api_base>(::dlsym(loaded, "OrtGetApiBase"));
  const OrtApiBase* const base = get == nullptr ? nullptr : get();
  if (base == nullptr) {
    failure_ = library.string() + " is no ONNX Runtime";
    return;
  }
  const std::string version = base->GetVersionString();
  const unsigned known = std::min<unsigned>(ORT_API_VERSION, minor_version(version));
  const OrtApi* const api = known < oldest_api ? nullptr : base->GetApi(known);
  if (api == nullptr) {
    failure_ = "ONNX Runtime " + version + " is too old; 1." + std::to_string(oldest_api) + " or newer is needed";
    return;
  }
  if (OrtStatus* const status =
          api->CreateEnvWithCustomLogger(say_nothing, nullptr, ORT_LOGGING_LEVEL_FATAL, "glyphgate", &environment_)) {
    failure_ = std::string{"ONNX Runtime cannot be started: "} + api->GetErrorMessage(status);
    api->ReleaseStatus(status);
    return;
  }
  version_ = version;
  api_ = api;
  api_version_ = known;
}

onnx_runtime::~onnx_runtime() {
  if (environment_ != nullptr)
    api_->ReleaseEnv(environment_);
}

} // namespace glyphgate::vision
