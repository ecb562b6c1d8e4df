#pragma once

#include "core/digest.hpp"
#include "core/ids.hpp"
#include "core/picture_bytes.hpp"
#include "store/sqlite/file_descriptor.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace glyphgate::store {

/// A part of a payload file.
struct payload_part {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  /// SHA-256 of its bytes.
  digest content;
};

using payload_bytes = std::vector<picture_bytes_ptr>;

/// The pictures of jobs that have not ended: a file a job, named by its id, which holds the bytes of the pictures that
/// are to be sent, one behind the other. Used by one thread at a time.
class payload_files {
public:
  /// `directory` is there. Throws store_error.
  explicit payload_files(const std::filesystem::path& directory);

  /// The job's parts, each null when it is missing, cut short or not what was written. Throws store_error when the
  /// file is there but cannot be read.
  payload_bytes read(const job_id& id, std::span<const payload_part> parts) const;

  /// Removes the files of these jobs, where they have one. A failure is logged, and mended by `remove_others` at the
  /// next start.
  void remove(std::span<const job_id> ids) const;

  /// Removes every file but those of these jobs. Returns how many. Throws store_error.
  std::size_t remove_others(std::span<const job_id> wanted) const;

private:
  friend class payload_batch;

  std::string path_of(const job_id& id) const;

  std::filesystem::path path_;
  file_descriptor directory_;
};

/// The payload files of jobs that are accepted together. They are removed at its end unless they were kept.
class payload_batch {
public:
  explicit payload_batch(const payload_files& files) : files_{files} {}
  ~payload_batch();
  payload_batch(const payload_batch&) = delete;
  payload_batch& operator=(const payload_batch&) = delete;

  /// Writes the file of a job that has none. Throws store_error.
  void add(const job_id& id, const payload_bytes& parts);

  /// All are durable when it returns. Throws store_error.
  void sync();

  /// They stay.
  void keep() { added_.clear(); }

private:
  void sync_open();

  const payload_files& files_;
  std::vector<job_id> added_;
  /// Written and not synced yet.
  std::vector<file_descriptor> open_;
};

} // namespace glyphgate::store
