#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <string>

namespace glyphgate::store {

/// What refuses disk operations in the tests: each write, sync, creation or removal of the database and of payload
/// files asks here first. One for the process.
struct disk_trouble {
  /// Operations until the power fails; then every one is refused.
  std::int64_t operations_left = std::numeric_limits<std::int64_t>::max();
  /// How likely one operation is refused while the power is on.
  double failure_rate = 0;
  std::mt19937_64 random;
  std::uint64_t refused = 0;

  bool power_is_off() const { return operations_left <= 0; }
  bool refuses();

  static disk_trouble& instance();
};

/// A disk in memory for SQLite, as a VFS: it knows what was synced and what was not. Connections take turns, as locks
/// are not modelled; one may write. A sector is 512 bytes and written whole or not at all; sectors that were not synced
/// reach the disk in any order.
class memory_disk {
public:
  memory_disk();
  ~memory_disk();
  memory_disk(const memory_disk&) = delete;
  memory_disk& operator=(const memory_disk&) = delete;

  /// The VFS's name.
  static constexpr const char* name = "memory-disk";

  /// Makes the names of all files durable, as syncing their directory does.
  void sync_names();

  /// Loses what was not synced, or most of it, or little: `random` decides about each sector.
  void lose_power(std::mt19937_64& random);

  /// What SQLite's integrity check says about a copy of the database.
  std::string check_integrity(const std::string& database) const;

  /// What every write returns from now on instead of being done; 0 lets them through again.
  void set_write_result(int result);

  struct state;

private:
  std::unique_ptr<state> state_;
};

} // namespace glyphgate::store
