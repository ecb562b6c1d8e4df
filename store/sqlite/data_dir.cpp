#include "store/sqlite/data_dir.hpp"

#include "core/log.hpp"
#include "core/private_file.hpp"
#include "store/store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
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

// Whoever may write in the directory can take its files away and put others in their place; where it is sticky, only
// files of their own, which are refused.
void warn_of_others(const std::filesystem::path& directory) {
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0 || (status.st_mode & (S_IWGRP | S_IWOTH)) == 0 ||
      (status.st_mode & S_ISVTX) != 0)
    return;
  char mode[8];
  std::snprintf(mode, sizeof mode, "%04o", status.st_mode & 07777U);
  constexpr const char* advice = "other users may write in the data directory: they can change the ledger and the "
                                 "jobs, and read what was recognised. Close it with chmod 700";
  log::warn("data_dir_open_to_others", {{"data_dir", directory.string()}, {"mode", mode}, {"detail", advice}});
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

file_descriptor open_own_file(const std::filesystem::path& file) {
  try {
    return open_private_file(file);
  } catch (const foreign_file& e) {
    throw store_error{e.what()};
  }
}

data_dir::data_dir(const std::filesystem::path& path) : path_{resolved(path)} {
  make_directory(path_);
  // The directory may be reached through links, and nothing in it is one: so the store can refuse any on the way.
  path_ = std::filesystem::canonical(path_);
  warn_of_others(path_);
  // The file stays when the process ends: were it removed, two processes could each lock a file of that name.
  const auto file = path_ / "lock";
  lock_ = open_own_file(file);
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
