#include "payload_disk.hpp"

#include "support.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <system_error>

namespace glyphgate::store {

namespace {

payload_disk* current = nullptr;

// A batch's files are synced by several threads.
std::mutex mutex;

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
  synced_[file.filename()] = read_file(file);
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
    if (const auto content = synced_.find(name); content != synced_.end()) {
      write_file(file, content->second);
      continue;
    }
    // Never synced: all of it, its beginning, or blocks that were not written.
    auto content = read_file(file);
    if (coin())
      content.resize(content.empty() ? 0 : random() % content.size());
    else if (coin())
      content.assign(content.size(), '\0');
    write_file(file, content);
  }
  payloads_durable_ = true;
  durable_names_ = present();
  synced_.clear();
  for (const auto& name : durable_names_)
    synced_[name] = read_file(payloads_ / name);
}

} // namespace glyphgate::store

// The linker puts these in the place of the system's (--wrap).
extern "C" {

int __real_openat(int directory, const char* name, int flags, ...);
ssize_t __real_write(int fd, const void* bytes, size_t size);
int __real_fdatasync(int fd);
int __real_fsync(int fd);
int __real_unlinkat(int directory, const char* name, int flags);
int __real_mkdir(const char* name, mode_t mode);

int __wrap_openat(int directory, const char* name, int flags, mode_t mode);
ssize_t __wrap_write(int fd, const void* bytes, size_t size);
int __wrap_fdatasync(int fd);
int __wrap_fsync(int fd);
int __wrap_unlinkat(int directory, const char* name, int flags);
int __wrap_mkdir(const char* name, mode_t mode);

int __wrap_openat(int directory, const char* name, int flags, mode_t mode) {
  const std::lock_guard lock{glyphgate::store::mutex};
  bool refused = false;
  if ((flags & O_CREAT) != 0)
    glyphgate::store::watcher(directory, refused);
  return refused ? -1 : __real_openat(directory, name, flags, mode);
}

ssize_t __wrap_write(int fd, const void* bytes, size_t size) {
  const std::lock_guard lock{glyphgate::store::mutex};
  bool refused = false;
  const auto* disk = glyphgate::store::watcher(fd, refused);
  if (refused)
    return -1;
  if (disk != nullptr && disk->write_error != 0) {
    // A full disk takes a part before it refuses the rest.
    return size > 1 ? __real_write(fd, bytes, size / 2) : glyphgate::store::fail(disk->write_error);
  }
  return __real_write(fd, bytes, size);
}

int __wrap_fdatasync(int fd) {
  const std::lock_guard lock{glyphgate::store::mutex};
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
  const std::lock_guard lock{glyphgate::store::mutex};
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
  const std::lock_guard lock{glyphgate::store::mutex};
  bool refused = false;
  glyphgate::store::watcher(directory, refused);
  return refused ? -1 : __real_unlinkat(directory, name, flags);
}

int __wrap_mkdir(const char* name, mode_t mode) {
  using namespace glyphgate::store;
  const std::lock_guard lock{mutex};
  if (payload_disk::watching(name) != nullptr && disk_trouble::instance().refuses())
    return fail(EIO);
  return __real_mkdir(name, mode);
}
}
