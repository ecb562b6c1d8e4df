#pragma once

#include <cstdint>
#include <filesystem>

namespace glyphgate::store {

/// How full a volume is, in bytes.
struct volume_space {
  /// 0 where the volume has no bound of its own.
  std::uint64_t size = 0;
  /// What this user may still take.
  std::uint64_t available = 0;
  /// Whether another few files can be made.
  bool has_names = true;
};

/// What is kept back of a volume, so that the jobs that were accepted can end when new ones find no room: their
/// readings go into the database, by way of its log, before their pictures are removed. A quarter of the volume, at
/// most 64 MiB: at least a quarter of what pictures may wait in the queue by default, and readings take less.
std::uint64_t reserve_of(const volume_space& volume);

/// What new jobs may take beside the reserve. Without a bound where the volume has none.
std::uint64_t room_for_new_work(const volume_space& volume);

/// The volume that a directory lies on; one without a bound where the system cannot say. Thread-safe.
volume_space volume_of(const std::filesystem::path& directory);

} // namespace glyphgate::store
