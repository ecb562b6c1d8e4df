#pragma once

#include "memory_disk.hpp"

#include <cstddef>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>

namespace glyphgate::store {

/// Watches the system calls that this program makes in a data directory while it lives, refuses them as disk_trouble
/// says, and knows what was synced. One at a time; others' calls pass untouched.
class payload_disk {
public:
  /// `database`, when given, has its names synced with the data directory.
  explicit payload_disk(const std::filesystem::path& data_dir, memory_disk* database = nullptr);
  ~payload_disk();
  payload_disk(const payload_disk&) = delete;
  payload_disk& operator=(const payload_disk&) = delete;

  /// Brings the files to a state in which a loss of power may leave them.
  void lose_power(std::mt19937_64& random);

  /// What these calls fail with from now on; 0 lets them through again.
  int write_error = 0;
  int sync_error = 0;

  /// The one that watches `path`, or null.
  static payload_disk* watching(const std::filesystem::path& path);

  void file_synced(const std::filesystem::path& file);
  void file_cut(const std::filesystem::path& file, std::size_t size);
  void directory_synced(const std::filesystem::path& directory);

private:
  struct synced_content {
    std::string content;
    /// How short it was since.
    std::size_t shortest = 0;
  };

  std::set<std::string> present() const;
  /// What a loss of power may leave in a file.
  std::string content_after(const std::filesystem::path& file, std::mt19937_64& random) const;

  std::filesystem::path data_dir_;
  std::filesystem::path payloads_;
  memory_disk* database_;
  bool payloads_durable_ = false;
  /// What a file held when it was synced last.
  std::map<std::string, synced_content> synced_;
  std::set<std::string> durable_names_;
};

} // namespace glyphgate::store
