#include "store/sqlite/data_dir.hpp"

#include "store/store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace glyphgate::store {

namespace {

[[noreturn]] void fail(const std::string& doing, const std::filesystem::path& path) {
  throw store_error{doing + " " + path.string() + ": " + std::generic_category().message(errno)};
}

std::filesystem::path resolved(const std::filesystem::path& path) {
  const auto absolute = std::filesystem::absolute(path).lexically_normal();
  // "data/" names the directory "data", not an empty name below it.
  return absolute.has_filename() ? absolute : absolute.parent_path();
}

// What the holder of a lock wrote into it.
std::string holder(int lock) {
  char text[32];
  const auto size = ::pread(lock, text, sizeof text, 0);
  return size <= 1 ? "another process" : "process " + std::string{text, static_cast<std::size_t>(size - 1)};
}

} // namespace

void sync_directory(const std::filesystem::path& directory) {
  const file_descriptor fd{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!fd.is_open() || ::fsync(fd.get()) != 0)
    fail("cannot sync the directory", directory);
}

void make_directory(const std::filesystem::path& directory) {
  std::error_code ignored;
  if (std::filesystem::is_directory(directory, ignored))
    return;
  const auto parent = directory.parent_path();
  make_directory(parent);
  if (::mkdir(directory.c_str(), 0700) != 0)
    fail("cannot create the directory", directory);
  sync_directory(parent);
}

data_dir::data_dir(const std::filesystem::path& path) : path_{resolved(path)} {
  make_directory(path_);
  // The file stays when the process ends: were it removed, two processes could each lock a file of that name.
  const auto file = path_ / "lock";
  lock_ = file_descriptor{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (!lock_.is_open() || ::faccessat(AT_FDCWD, path_.c_str(), W_OK | X_OK, AT_EACCESS) != 0)
    fail("cannot write in the data directory", path_);
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      fail("cannot lock", file);
    throw store_error{"the data directory " + path_.string() + " is in use by " + holder(lock_.get())};
  }
  const auto pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock_.get(), 0) != 0 ||
      ::pwrite(lock_.get(), pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
    fail("cannot write", file);
}

} // namespace glyphgate::store
