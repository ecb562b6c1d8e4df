#include "store/sqlite/disk_room.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <limits>

namespace glyphgate::store {

namespace {

constexpr std::uint64_t largest_reserve = std::uint64_t{64} << 20U;
/// The next segments, and those of SQLite's files that are not there yet.
constexpr fsfilcnt_t few_names = 8;

} // namespace

std::uint64_t reserve_of(const volume_space& volume) {
  return std::min(largest_reserve, volume.size / 4);
}

std::uint64_t room_for_new_work(const volume_space& volume) {
  if (!volume.has_names)
    return 0;
  if (volume.size == 0)
    return std::numeric_limits<std::uint64_t>::max();
  const auto reserve = reserve_of(volume);
  return volume.available > reserve ? volume.available - reserve : 0;
}

volume_space volume_of(const std::filesystem::path& directory) {
  struct statvfs status {};
  if (::statvfs(directory.c_str(), &status) != 0)
    return {};
  // Some file systems make names as they are needed, and tell none.
  return {std::uint64_t{status.f_blocks} * status.f_frsize, std::uint64_t{status.f_bavail} * status.f_frsize,
          status.f_files == 0 || status.f_favail >= few_names};
}

} // namespace glyphgate::store
