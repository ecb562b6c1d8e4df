#pragma once

#include "store/sqlite/disk_room.hpp"
#include "store/store.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace glyphgate::store {

struct sqlite_store_config {
  /// Holds the database and the pictures of jobs that have not ended; created where missing.
  std::filesystem::path data_dir = "data";
  /// How long a commit waits for another connection's lock before it fails.
  std::chrono::milliseconds busy_timeout{1000};
  /// The SQLite VFS to use; empty takes the default.
  std::string vfs{};
  /// How long it keeps what each owner used.
  std::chrono::hours accounts_kept{400 * 24};
  /// How full the volume is that the directory lies on. For tests; empty asks the system.
  std::function<volume_space()> volume{};
};

/// Opens the store that survives the process and the power. What is committed is on the disk; a commit of no
/// transactions writes too, so it tells whether the store works. After an error the store works again as soon as its
/// cause is gone. Where the volume is full, the database's log is merged into it and what failed is tried once more.
///
/// A recovered job has the bytes of those pictures that are aboard an open call or wait in line for one; the others'
/// are empty. A picture whose bytes are lost fails, and leaves its call. A call that nothing is aboard any more then is
/// closed, and its spend is released.
///
/// Throws store_error, with a message for the operator, when the directory cannot be created or written or is in use,
/// or when the database is damaged, newer than this program or gone from a directory that had one.
std::unique_ptr<job_store> open_sqlite_store(const sqlite_store_config& config);

} // namespace glyphgate::store
