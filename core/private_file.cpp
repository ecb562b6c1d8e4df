#include "core/private_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace glyphgate {

namespace {

constexpr mode_t owner_only = S_IRUSR | S_IWUSR;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
  throw foreign_file{file.string() + " " + why + ": move it away, and see who may write in its directory"};
}

void check(const std::filesystem::path& file, const struct stat& status) {
  if (S_ISLNK(status.st_mode))
    refuse(file, "is a symbolic link");
  if (!S_ISREG(status.st_mode))
    refuse(file, "is not a regular file");
  if (status.st_nlink > 1)
    refuse(file, "is a hard link to a file that has another name");
  struct stat directory {};
  const bool is_known = ::stat(file.parent_path().c_str(), &directory) == 0;
  if (status.st_uid != ::geteuid() && status.st_uid != 0 && !(is_known && status.st_uid == directory.st_uid))
    refuse(file, "belongs to another user (" + std::to_string(status.st_uid) + ")");
}

} // namespace

file_descriptor open_private_file(const std::filesystem::path& file) {
  // A pipe is opened without waiting for whoever is at its other end, and refused.
  file_descriptor opened{
      ::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, owner_only)};
  if (!opened.is_open()) {
    const int error = errno;
    check_private_file(file);
    errno = error;
    return opened;
  }
  struct stat status {};
  if (::fstat(opened.get(), &status) != 0)
    return file_descriptor{};
  check(file, status);
  if ((status.st_mode & 07777U) != owner_only && status.st_uid == ::geteuid() &&
      ::fchmod(opened.get(), owner_only) != 0)
    return file_descriptor{};
  return opened;
}

void check_private_file(const std::filesystem::path& file) {
  struct stat status {};
  if (::lstat(file.c_str(), &status) == 0)
    check(file, status);
}

} // namespace glyphgate
