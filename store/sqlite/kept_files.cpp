#include "store/sqlite/kept_files.hpp"

#include "core/log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace glyphgate::store {

namespace {

// What a damaged row asks for may be more than there is memory.
bool is_within(int fd, std::uint64_t offset, std::uint64_t size) {
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
    return false;
  const auto end = static_cast<std::uint64_t>(status.st_size);
  return offset <= end && size <= end - offset;
}

bool read_all(int fd, std::string& bytes, std::uint64_t offset) {
  for (std::size_t done = 0; done < bytes.size();) {
    const auto n = ::pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

} // namespace

kept_files::kept_files(const std::filesystem::path& file, std::vector<place> places)
    : file_{::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)},
      places_{std::move(places)} {
  entries_.reserve(places_.size());
  for (const auto& p : places_)
    entries_.push_back(p.entry);
}

std::string kept_files::read(std::size_t position) const {
  const auto& at = places_.at(position);
  if (at.entry.size == 0 || !file_.is_open())
    return {};
  std::string bytes;
  if (is_within(file_.get(), at.offset, at.entry.size)) {
    bytes.resize(at.entry.size);
    if (read_all(file_.get(), bytes, at.offset) && sha256(bytes) == at.content)
      return bytes;
  }
  log::error("kept_picture_lost", {{"picture", position}});
  return {};
}

} // namespace glyphgate::store
