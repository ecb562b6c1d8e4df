#include "store/sqlite/payload_files.hpp"

#include "core/failpoint.hpp"
#include "core/log.hpp"
#include "store/store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <functional>
#include <system_error>
#include <thread>
#include <unordered_set>

namespace glyphgate::store {

namespace {

/// Bounds the descriptors that one batch holds.
constexpr std::size_t most_open = 64;

/// Steps that wait for the disk at the same time share its flushes: 16 at once take little longer than one. A thread
/// costs as much as a fast disk's flush, so a few go without.
constexpr std::size_t most_at_once = 16;
constexpr std::size_t worth_threads = 4;

/// Calls `step` with 0 to `count` - 1, several at once.
void side_by_side(std::size_t count, const std::function<void(std::size_t)>& step) {
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i; (i = next++) < count;)
      step(i);
  };
  std::vector<std::jthread> helpers;
  if (count >= worth_threads)
    try {
      while (helpers.size() + 1 < std::min(count, most_at_once))
        helpers.emplace_back(work);
    } catch (const std::system_error&) {
      // The system has no more threads: those that there are do the work.
    }
  work();
}

[[noreturn]] void fail(const std::string& doing, const std::string& path) {
  throw store_error{doing + " " + path + ": " + std::generic_category().message(errno)};
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

/// False when it fails; less than asked for when the file ends before.
bool read_up_to(int fd, std::string& bytes, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto n = ::pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return false;
    if (n == 0)
      break;
    done += static_cast<std::size_t>(n);
  }
  bytes.resize(done);
  return true;
}

} // namespace

payload_files::payload_files(const std::filesystem::path& directory)
    : path_{directory},
      directory_{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)} {
  if (!directory_.is_open())
    fail("cannot open the directory", path_.string());
}

std::string payload_files::path_of(const job_id& id) const {
  return (path_ / id).string();
}

payload_bytes payload_files::read(const job_id& id, std::span<const payload_part> parts) const {
  payload_bytes found(parts.size());
  // To open a pipe would wait for whoever writes into it.
  const file_descriptor file{::openat(directory_.get(), id.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file.is_open() && errno == ENOENT)
    return found;
  if (!file.is_open())
    fail("cannot open the pictures", path_of(id));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0)
    fail("cannot read the pictures", path_of(id));
  if (!S_ISREG(status.st_mode))
    throw store_error{"cannot read the pictures " + path_of(id) + ": it is no regular file"};
  const auto size = static_cast<std::uint64_t>(status.st_size);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    // What a damaged row asks for may be more than there is memory.
    if (parts[i].offset > size || parts[i].size > size - parts[i].offset)
      continue;
    std::string bytes(parts[i].size, '\0');
    if (!read_up_to(file.get(), bytes, parts[i].offset))
      fail("cannot read the pictures", path_of(id));
    if (bytes.size() == parts[i].size && sha256(bytes) == parts[i].content)
      found[i] = make_picture_bytes(std::move(bytes));
  }
  return found;
}

void payload_files::remove(std::span<const job_id> ids) const {
  side_by_side(ids.size(), [&](std::size_t i) {
    if (GLYPHGATE_FAILPOINT_FAILS("store.payload.remove"))
      errno = EIO;
    else if (::unlinkat(directory_.get(), ids[i].c_str(), 0) == 0 || errno == ENOENT)
      return;
    log::warn("payload_not_removed", {{"job_id", ids[i]}, {"error", std::generic_category().message(errno)}});
  });
}

std::size_t payload_files::remove_others(std::span<const job_id> wanted) const {
  const std::unordered_set<std::string_view> known{wanted.begin(), wanted.end()};
  std::vector<job_id> orphans;
  std::error_code error;
  for (std::filesystem::directory_iterator entry{path_, error}, end; !error && entry != end; entry.increment(error))
    if (const auto name = entry->path().filename().string(); !known.contains(name))
      orphans.push_back(name);
  if (error)
    throw store_error{"cannot list the directory " + path_.string() + ": " + error.message()};
  remove(orphans);
  return orphans.size();
}

payload_batch::~payload_batch() {
  files_.remove(added_);
}

void payload_batch::add(const job_id& id, const payload_bytes& parts) {
  file_descriptor file{::openat(files_.directory_.get(), id.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (!file.is_open())
    fail("cannot create", files_.path_of(id));
  added_.push_back(id);
  for (const auto& bytes : parts)
    if (!write_all(file.get(), bytes->hold().view))
      fail("cannot write", files_.path_of(id));
  open_.push_back(std::move(file));
  if (open_.size() == most_open)
    sync_open();
}

void payload_batch::sync() {
  if (added_.empty())
    return;
  sync_open();
  if (::fsync(files_.directory_.get()) != 0)
    fail("cannot sync", files_.path_.string());
}

void payload_batch::sync_open() {
  std::atomic<int> error = 0;
  side_by_side(open_.size(), [&](std::size_t i) {
    if (::fdatasync(open_[i].get()) != 0)
      error = errno;
  });
  open_.clear();
  errno = error;
  if (error != 0)
    fail("cannot sync a file in", files_.path_.string());
}

} // namespace glyphgate::store
