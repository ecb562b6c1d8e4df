#include "vision/reader/kept_files.hpp"

#include "core/file_descriptor.hpp"
#include "core/picture_bytes.hpp"
#include "vision/reader/shared_file.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <map>
#include <optional>
#include <utility>

namespace {

using namespace glyphgate;

struct kept_file {
  file_descriptor file;
  held_bytes bytes;
};

struct kept_files {
  std::map<std::string, kept_file, std::less<>> by_path;
  bool only_these = false;
};

/// Also asked before main.
kept_files& kept() {
  static kept_files files;
  return files;
}

const kept_file* find(const char* path) {
  const auto& files = kept().by_path;
  const auto found = files.find(std::string_view{path});
  if (found == files.end())
    errno = ENOENT;
  return found == files.end() ? nullptr : &found->second;
}

/// The function that this program's own one hides.
template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

} // namespace

namespace glyphgate::vision {

void keep_file(const std::string& path) {
  file_descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file.is_open())
    return;
  if (auto bytes = map_file(file.get()))
    kept().by_path.insert_or_assign(path, kept_file{std::move(file), *std::move(bytes)});
}

void open_only_kept_files() {
  kept().only_these = true;
}

} // namespace glyphgate::vision

extern "C" {

// Each stream has a place of its own in the bytes.
std::FILE* fopen(const char* path, const char* mode) {
  static const auto real = next<std::FILE* (*)(const char*, const char*)>("fopen");
  if (!kept().only_these)
    return real(path, mode);
  const auto* file = find(path);
  if (file == nullptr)
    return nullptr;
  return ::fmemopen(const_cast<char*>(file->bytes.view.data()), file->bytes.view.size(), "r");
}

int open(const char* path, int flags, ...) {
  static const auto real = next<int (*)(const char*, int, ...)>("open");
  if (!kept().only_these) {
    std::va_list more;
    va_start(more, flags);
    const auto mode = va_arg(more, mode_t);
    va_end(more);
    return real(path, flags, mode);
  }
  const auto* file = find(path);
  if (file == nullptr || (flags & O_ACCMODE) != O_RDONLY)
    return -1;
  const int own = ::dup(file->file.get());
  if (own >= 0)
    ::lseek(own, 0, SEEK_SET);
  return own;
}

} // extern "C"
