#include "payload_disk.hpp"

#include "support.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace glyphgate::store {

namespace {

payload_disk* current = nullptr;

std::filesystem::path path_of(int fd) {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), ignored);
}

// The watcher of what `fd` is, unless it refuses: then sets errno and `refused`.
payload_disk* watcher(int fd, bool& refused) {
  auto* disk = current == nullptr ? nullptr : payload_disk::watching(path_of(fd));
  refused = disk != nullptr && disk_trouble::instance().refuses();
  if (refused)
    errno = EIO;
  return disk;
}

int fail(int error) {
  errno = error;
  return -1;
}

} // namespace

payload_disk::payload_disk(const std::filesystem::path& data_dir, memory_disk* database)
    : data_dir_{data_dir},
      payloads_{data_dir / "payloads"},
      database_{database} {
  current = this;
}

payload_disk::~payload_disk() {
  current = nullptr;
}

payload_disk* payload_disk::watching(const std::filesystem::path& path) {
  if (current == nullptr)
    return nullptr;
  const bool is_watched =
      path == current->data_dir_ || path == current->payloads_ || path.parent_path() == current->payloads_;
  return is_watched ? current : nullptr;
}

std::set<std::string> payload_disk::present() const {
  std::set<std::string> found;
  if (std::filesystem::exists(payloads_))
    for (const auto& entry : std::filesystem::directory_iterator{payloads_})
      found.insert(entry.path().filename());
  return found;
}

void payload_disk::file_synced(const std::filesystem::path& file) {
  const auto content = read_file(file);
  synced_[file.filename()] = {content, content.size()};
}

void payload_disk::file_cut(const std::filesystem::path& file, std::size_t size) {
  if (const auto found = synced_.find(file.filename()); found != synced_.end())
    found->second.shortest = std::min(found->second.shortest, size);
}

// What was synced, and neither cut off nor changed since then, is there. Any other sector is as it was, as it is now,
// or was not written; and the file may end wherever it did since then.
std::string payload_disk::content_after(const std::filesystem::path& file, std::mt19937_64& random) const {
  constexpr std::size_t sector = 512;
  const auto now = read_file(file);
  const auto found = synced_.find(file.filename());
  const auto before = found == synced_.end() ? synced_content{} : found->second;
  const auto shortest = std::min(before.shortest, now.size());
  const auto longest = std::max(before.content.size(), now.size());
  std::string left(
      std::array{shortest, longest, now.size(), shortest + random() % (longest - shortest + 1)}[random() % 4], '\0');
  const auto copy = [&](const std::string& from, std::size_t begin, std::size_t end) {
    for (auto i = begin; i < std::min(end, from.size()); ++i)
      left[i] = from[i];
  };
  for (std::size_t begin = 0; begin < left.size(); begin += sector) {
    const auto end = std::min(begin + sector, left.size());
    // What is certain comes last.
    switch (random() % 3) {
    case 0: copy(now, begin, end); break;
    case 1: copy(before.content, begin, end); break;
    default: break;
    }
    for (auto i = begin; i < std::min(end, shortest); ++i)
      if (now[i] == before.content[i])
        left[i] = now[i];
  }
  return left;
}

void payload_disk::directory_synced(const std::filesystem::path& directory) {
  if (directory == payloads_) {
    durable_names_ = present();
  } else {
    payloads_durable_ = std::filesystem::exists(payloads_);
    if (database_ != nullptr)
      database_->sync_names();
  }
}

void payload_disk::lose_power(std::mt19937_64& random) {
  const auto coin = [&] { return random() % 2 == 0; };
  if (!payloads_durable_ && coin())
    std::filesystem::remove_all(payloads_);
  if (!std::filesystem::exists(payloads_)) {
    durable_names_.clear();
    synced_.clear();
    return;
  }
  auto names = present();
  for (const auto& name : durable_names_)
    if (!names.contains(name) && coin()) {
      write_file(payloads_ / name, "");
      names.insert(name);
    }
  for (const auto& name : names) {
    const auto file = payloads_ / name;
    if (!durable_names_.contains(name) && coin()) {
      std::filesystem::remove(file);
      continue;
    }
    // A file of its own: whoever has mapped this one still sees what was written.
    const auto content = content_after(file, random);
    std::filesystem::remove(file);
    write_file(file, content);
  }
  payloads_durable_ = true;
  durable_names_ = present();
  synced_.clear();
  for (const auto& name : durable_names_)
    file_synced(payloads_ / name);
}

} // namespace glyphgate::store

// The linker puts these in the place of the system's (--wrap).
extern "C" {

int __real_openat(int directory, const char* name, int flags, ...);
ssize_t __real_pwritev(int fd, const iovec* parts, int count, off_t offset);
int __real_ftruncate(int fd, off_t size);
int __real_fdatasync(int fd);
int __real_fsync(int fd);
int __real_unlinkat(int directory, const char* name, int flags);
int __real_mkdir(const char* name, mode_t mode);

int __wrap_openat(int directory, const char* name, int flags, mode_t mode);
ssize_t __wrap_pwritev(int fd, const iovec* parts, int count, off_t offset);
int __wrap_ftruncate(int fd, off_t size);
int __wrap_fdatasync(int fd);
int __wrap_fsync(int fd);
int __wrap_unlinkat(int directory, const char* name, int flags);
int __wrap_mkdir(const char* name, mode_t mode);

int __wrap_openat(int directory, const char* name, int flags, mode_t mode) {
  bool refused = false;
  if ((flags & O_CREAT) != 0)
    glyphgate::store::watcher(directory, refused);
  return refused ? -1 : __real_openat(directory, name, flags, mode);
}

ssize_t __wrap_pwritev(int fd, const iovec* parts, int count, off_t offset) {
  bool refused = false;
  const auto* disk = glyphgate::store::watcher(fd, refused);
  if (refused)
    return -1;
  if (disk != nullptr && disk->write_error != 0) {
    // A full disk takes a part before it refuses the rest.
    const iovec half{parts->iov_base, parts->iov_len / 2};
    return half.iov_len != 0 ? __real_pwritev(fd, &half, 1, offset) : glyphgate::store::fail(disk->write_error);
  }
  return __real_pwritev(fd, parts, count, offset);
}

int __wrap_ftruncate(int fd, off_t size) {
  using namespace glyphgate::store;
  bool refused = false;
  auto* disk = watcher(fd, refused);
  if (refused)
    return -1;
  if (disk != nullptr)
    disk->file_cut(path_of(fd), static_cast<std::size_t>(size));
  return __real_ftruncate(fd, size);
}

int __wrap_fdatasync(int fd) {
  bool refused = false;
  auto* disk = glyphgate::store::watcher(fd, refused);
  if (refused)
    return -1;
  if (disk == nullptr)
    return __real_fdatasync(fd);
  if (disk->sync_error != 0)
    return glyphgate::store::fail(disk->sync_error);
  disk->file_synced(glyphgate::store::path_of(fd));
  return 0;
}

int __wrap_fsync(int fd) {
  bool refused = false;
  auto* disk = glyphgate::store::watcher(fd, refused);
  if (refused)
    return -1;
  if (disk == nullptr)
    return __real_fsync(fd);
  disk->directory_synced(glyphgate::store::path_of(fd));
  return 0;
}

int __wrap_unlinkat(int directory, const char* name, int flags) {
  bool refused = false;
  glyphgate::store::watcher(directory, refused);
  return refused ? -1 : __real_unlinkat(directory, name, flags);
}

int __wrap_mkdir(const char* name, mode_t mode) {
  using namespace glyphgate::store;
  if (payload_disk::watching(name) != nullptr && disk_trouble::instance().refuses())
    return fail(EIO);
  return __real_mkdir(name, mode);
}
}
