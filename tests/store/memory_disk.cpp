#include "memory_disk.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace glyphgate::store {

namespace {

constexpr std::size_t sector = 512;

// A part of a file that was written and not synced, or the size that it was cut to.
struct change {
  std::size_t offset = 0;
  std::string bytes;
  bool cuts = false;
};

void put(std::string& content, const change& c) {
  if (c.cuts) {
    content.resize(c.offset);
    return;
  }
  content.resize(std::max(content.size(), c.offset + c.bytes.size()));
  std::memcpy(content.data() + c.offset, c.bytes.data(), c.bytes.size());
}

struct node {
  std::string content;
  std::string durable;
  std::vector<change> unsynced;
  std::vector<std::unique_ptr<char[]>> shared;
  // How many connections use that.
  int sharers = 0;
  // Its directory is synced with it, as SQLite's own VFS does for a new log.
  bool syncs_names = false;

  void add(change c) {
    put(content, c);
    unsynced.push_back(std::move(c));
  }

  void write(std::size_t offset, std::string_view bytes) {
    while (!bytes.empty()) {
      const auto size = std::min(bytes.size(), sector - offset % sector);
      add({offset, std::string{bytes.substr(0, size)}});
      offset += size;
      bytes.remove_prefix(size);
    }
  }

  void sync() {
    durable = content;
    unsynced.clear();
  }
};

using names = std::map<std::string, std::shared_ptr<node>, std::less<>>;

} // namespace

struct memory_disk::state {
  sqlite3_vfs vfs{};
  names files;
  names durable;
  // Files that were removed while they were open.
  std::vector<std::shared_ptr<node>> removed;
  int write_result = SQLITE_OK;
};

namespace {

// SQLite allocates it as plain memory.
struct open_file {
  sqlite3_file base;
  memory_disk::state* disk;
  node* file;
  bool shares;
};

open_file& opened(sqlite3_file* file) {
  return *reinterpret_cast<open_file*>(file);
}

memory_disk::state& disk_of(sqlite3_vfs* vfs) {
  return *static_cast<memory_disk::state*>(vfs->pAppData);
}

bool refused() {
  return disk_trouble::instance().refuses();
}

int close_file(sqlite3_file*) {
  return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* to, int amount, sqlite3_int64 offset) {
  if (disk_trouble::instance().power_is_off())
    return SQLITE_IOERR_READ;
  const auto& content = opened(file).file->content;
  const auto wanted = static_cast<std::size_t>(amount);
  const auto from = std::min(static_cast<std::size_t>(offset), content.size());
  const auto size = std::min(wanted, content.size() - from);
  std::memcpy(to, content.data() + from, size);
  std::memset(static_cast<char*>(to) + size, 0, wanted - size);
  return size == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* file, const void* from, int amount, sqlite3_int64 offset) {
  if (refused())
    return SQLITE_IOERR_WRITE;
  if (const int result = opened(file).disk->write_result; result != SQLITE_OK)
    return result;
  opened(file).file->write(static_cast<std::size_t>(offset),
                           {static_cast<const char*>(from), static_cast<std::size_t>(amount)});
  return SQLITE_OK;
}

int cut_file(sqlite3_file* file, sqlite3_int64 size) {
  if (refused())
    return SQLITE_IOERR_TRUNCATE;
  opened(file).file->add({static_cast<std::size_t>(size), {}, true});
  return SQLITE_OK;
}

int sync_file(sqlite3_file* file, int) {
  if (refused())
    return SQLITE_IOERR_FSYNC;
  auto& [base, disk, synced, shares] = opened(file);
  synced->sync();
  if (std::exchange(synced->syncs_names, false))
    disk->durable = disk->files;
  return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>(opened(file).file->content.size());
  return SQLITE_OK;
}

int lock_file(sqlite3_file*, int) {
  return SQLITE_OK;
}

int check_lock(sqlite3_file*, int* taken) {
  *taken = 0;
  return SQLITE_OK;
}

int control_file(sqlite3_file*, int, void*) {
  return SQLITE_NOTFOUND;
}

int sector_size(sqlite3_file*) {
  return static_cast<int>(sector);
}

int characteristics(sqlite3_file*) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

int map_shared(sqlite3_file* file, int region, int size, int, void volatile** memory) {
  auto& shared = opened(file).file->shared;
  opened(file).file->sharers += std::exchange(opened(file).shares, true) ? 0 : 1;
  while (shared.size() <= static_cast<std::size_t>(region))
    shared.push_back(std::make_unique<char[]>(static_cast<std::size_t>(size)));
  *memory = shared[static_cast<std::size_t>(region)].get();
  return SQLITE_OK;
}

int lock_shared(sqlite3_file*, int, int, int) {
  return SQLITE_OK;
}

void order_shared(sqlite3_file*) {}

int unmap_shared(sqlite3_file* file, int) {
  auto* from = opened(file).file;
  from->sharers -= std::exchange(opened(file).shares, false) ? 1 : 0;
  if (from->sharers == 0)
    from->shared.clear();
  return SQLITE_OK;
}

constexpr sqlite3_io_methods methods = [] {
  sqlite3_io_methods m{};
  m.iVersion = 2;
  m.xClose = close_file;
  m.xRead = read_file;
  m.xWrite = write_file;
  m.xTruncate = cut_file;
  m.xSync = sync_file;
  m.xFileSize = file_size;
  m.xLock = lock_file;
  m.xUnlock = lock_file;
  m.xCheckReservedLock = check_lock;
  m.xFileControl = control_file;
  m.xSectorSize = sector_size;
  m.xDeviceCharacteristics = characteristics;
  m.xShmMap = map_shared;
  m.xShmLock = lock_shared;
  m.xShmBarrier = order_shared;
  m.xShmUnmap = unmap_shared;
  return m;
}();

int open_name(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto& disk = disk_of(vfs);
  opened(file) = {};
  auto found = disk.files.find(name);
  if (found == disk.files.end()) {
    if ((flags & SQLITE_OPEN_CREATE) == 0 || refused())
      return SQLITE_CANTOPEN;
    found = disk.files.emplace(name, std::make_shared<node>()).first;
    found->second->syncs_names = (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
  }
  opened(file) = {{&methods}, &disk, found->second.get(), false};
  if (out_flags != nullptr)
    *out_flags = flags;
  return SQLITE_OK;
}

int delete_name(sqlite3_vfs* vfs, const char* name, int sync) {
  if (refused())
    return SQLITE_IOERR_DELETE;
  auto& disk = disk_of(vfs);
  const auto found = disk.files.find(name);
  if (found == disk.files.end())
    return SQLITE_IOERR_DELETE_NOENT;
  disk.removed.push_back(found->second);
  disk.files.erase(found);
  if (sync != 0)
    disk.durable = disk.files;
  return SQLITE_OK;
}

int has_name(sqlite3_vfs* vfs, const char* name, int, int* result) {
  *result = disk_of(vfs).files.contains(std::string_view{name}) ? 1 : 0;
  return SQLITE_OK;
}

int full_name(sqlite3_vfs*, const char* name, int size, char* full) {
  std::snprintf(full, static_cast<std::size_t>(size), "%s", name);
  return SQLITE_OK;
}

} // namespace

bool disk_trouble::refuses() {
  const bool fails = power_is_off() || --operations_left <= 0 ||
                     (failure_rate > 0 && std::generate_canonical<double, 53>(random) < failure_rate);
  refused += fails ? 1 : 0;
  return fails;
}

disk_trouble& disk_trouble::instance() {
  static disk_trouble one;
  return one;
}

memory_disk::memory_disk() : state_{std::make_unique<state>()} {
  state_->vfs = *sqlite3_vfs_find(nullptr);
  state_->vfs.szOsFile = sizeof(open_file);
  state_->vfs.pNext = nullptr;
  state_->vfs.zName = name;
  state_->vfs.pAppData = state_.get();
  state_->vfs.xOpen = open_name;
  state_->vfs.xDelete = delete_name;
  state_->vfs.xAccess = has_name;
  state_->vfs.xFullPathname = full_name;
  sqlite3_vfs_register(&state_->vfs, 0);
}

memory_disk::~memory_disk() {
  sqlite3_vfs_unregister(&state_->vfs);
}

void memory_disk::set_write_result(int result) {
  state_->write_result = result;
}

void memory_disk::sync_names() {
  state_->durable = state_->files;
}

void memory_disk::lose_power(std::mt19937_64& random) {
  // From nothing to everything that was written reaches the disk.
  const double reached = std::array{0.0, 0.5, 0.9, 1.0}[random() % 4];
  const auto chance = [&](double p) { return std::generate_canonical<double, 53>(random) < p; };
  names left;
  const auto keep = [&](const names& from, const names& other) {
    for (const auto& [file, n] : from) {
      const auto found = other.find(file);
      const bool certain = found != other.end() && found->second == n;
      if (certain || (!left.contains(file) && chance(reached)))
        left[file] = n;
    }
  };
  keep(state_->durable, state_->files);
  keep(state_->files, state_->durable);
  for (const auto& [file, n] : left) {
    n->content = n->durable;
    for (const auto& c : std::exchange(n->unsynced, {}))
      if (chance(reached))
        put(n->content, c);
    n->durable = n->content;
    n->shared.clear();
    n->sharers = 0;
  }
  state_->files = left;
  state_->durable = left;
  state_->removed.clear();
}

std::string memory_disk::check_integrity(const std::string& database) const {
  for (const auto* suffix : {"", "-wal", "-journal"}) {
    const auto found = state_->files.find(database + suffix);
    const auto copy = "/checked" + std::string{suffix};
    state_->files.erase(copy);
    if (found != state_->files.end())
      state_->files.emplace(copy, std::make_shared<node>(node{found->second->content, {}, {}, {}, 0, false}));
  }
  std::string answer;
  sqlite3* db = nullptr;
  const auto add = [](void* to, int, char** values, char**) {
    *static_cast<std::string*>(to) += values[0];
    return 0;
  };
  if (sqlite3_open_v2("/checked", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, name) != SQLITE_OK ||
      sqlite3_exec(db, "PRAGMA integrity_check", add, &answer, nullptr) != SQLITE_OK)
    answer = sqlite3_errmsg(db);
  sqlite3_close(db);
  for (const auto* copy : {"/checked", "/checked-wal", "/checked-journal"})
    state_->files.erase(copy);
  return answer;
}

} // namespace glyphgate::store
