#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace glyphgate {

/// SQLite's write lock on a database, held by a connection of its own while the object lives. Others can read.
class database_lock {
public:
  /// Waits up to 5 s for whoever writes at the moment. Throws std::runtime_error when the lock is not to be had.
  explicit database_lock(const std::filesystem::path& database) {
    sqlite3* opened = nullptr;
    const int result = sqlite3_open_v2(database.c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
    connection_.reset(opened);
    if (result == SQLITE_OK && sqlite3_busy_timeout(opened, 5000) == SQLITE_OK &&
        sqlite3_exec(opened, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK)
      return;
    throw std::runtime_error{"cannot lock " + database.string() + ": " + sqlite3_errmsg(opened)};
  }

private:
  struct closer {
    // Rolls back what is open.
    void operator()(sqlite3* connection) const { sqlite3_close(connection); }
  };

  std::unique_ptr<sqlite3, closer> connection_;
};

} // namespace glyphgate
