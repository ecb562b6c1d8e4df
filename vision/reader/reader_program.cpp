#include "vision/reader/reader_program.hpp"

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace glyphgate::vision {

namespace {

/// Asks for a filter that cannot be: a system that has filters at all finds its address wrong.
bool has_seccomp() {
  return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, nullptr, 0, 0) == -1 && errno == EFAULT;
}

} // namespace

std::filesystem::path reader_program() {
  std::error_code unknown;
  return std::filesystem::read_symlink("/proc/self/exe", unknown).parent_path() / "glyphgate-reader";
}

std::optional<std::string> refuse_reader(const std::filesystem::path& program, bool caged) {
  if (::access(program.c_str(), X_OK) != 0)
    return "the program that reads images is not there, or may not be executed: " + program.string() +
           "; it is built and installed together with this one";
  if (caged && !has_seccomp())
    return "the system has no seccomp, which locks in the processes that read images; READER_CAGE=off does without, "
           "and "
           "lets them do whatever the service may";
  return std::nullopt;
}

} // namespace glyphgate::vision
