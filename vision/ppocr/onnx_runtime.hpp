#pragma once

#include <filesystem>
#include <string>

struct OrtApi;
struct OrtEnv;

namespace glyphgate::vision {

/// ONNX Runtime's shared library, loaded while the program runs, through its C API: where it is not there, or too old,
/// neural models cannot be used, and everything else can. Lives longer than the sessions made with it.
///
/// Make it before the process may no longer open files, on the only thread: the library reads about the processor as it
/// loads, and standard error leads nowhere meanwhile, because some builds write hundreds of lines to it. After that
/// nothing opens a file, and nothing is written to standard error. The library stays loaded to the end of the process.
///
/// The header that the program was built with, and the library, may be of different versions: the API of the older one
/// is used. A program that was built without the header has a runtime that always says so.
class onnx_runtime {
public:
  /// Loads the library that lies there.
  explicit onnx_runtime(const std::filesystem::path& library);
  ~onnx_runtime();

  onnx_runtime(const onnx_runtime&) = delete;
  onnx_runtime& operator=(const onnx_runtime&) = delete;

  /// Why it cannot be used, for people to read; empty where it can.
  const std::string& failure() const { return failure_; }

  /// The library's own version, e.g. "1.20.1"; empty where it cannot be used.
  const std::string& version() const { return version_; }

private:
  friend class onnx_session;

  std::string failure_, version_;
  const OrtApi* api_ = nullptr;
  /// The version of `api_`.
  unsigned api_version_ = 0;
  OrtEnv* environment_ = nullptr;
};

} // namespace glyphgate::vision
