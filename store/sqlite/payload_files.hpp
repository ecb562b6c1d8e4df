#pragma once

#include "core/digest.hpp"
#include "core/file_descriptor.hpp"
#include "core/ids.hpp"
#include "core/picture_bytes.hpp"
#include "store/sqlite/file_map.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace glyphgate::store {

/// A part of a payload file.
struct payload_part {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  /// SHA-256 of its bytes.
  digest content;
  friend bool operator==(const payload_part&, const payload_part&) = default;
};

/// Where a job's files lie: one behind the other in that one, from `offset` on.
struct payload_place {
  std::string file;
  std::uint64_t offset = 0;
};

using payload_bytes = std::vector<picture_bytes_ptr>;

/// The pictures of jobs that have not ended, or keep them, in files that several jobs share ("segments"). Those of a
/// new job are appended to the current segment, or begin another when that has no room. A segment is removed when the
/// last job in it is over: so a job that waits long holds up to `segment_size` of others' bytes on the disk. Jobs that
/// keep their pictures have segments of their own. Used by one thread at a time; the bytes that it hands out may be
/// read by any.
class payload_files {
public:
  /// A segment is no larger, unless it holds one job only.
  static constexpr std::uint64_t segment_size = std::uint64_t{16} << 20U;

  /// `directory` is there. Throws store_error.
  explicit payload_files(const std::filesystem::path& directory);
  /// Removes what no job needs.
  ~payload_files();
  payload_files(const payload_files&) = delete;
  payload_files& operator=(const payload_files&) = delete;

  /// Takes up a job of an earlier process, which has its pictures in that file. Returns those parts of it, in the file
  /// itself; each is null when it is missing, cut short or not what was written. Parts that are the same share their
  /// bytes. Throws store_error when the file is there but cannot be read.
  payload_bytes take_up(const job_id& id, const std::string& file, std::span<const payload_part> parts);

  /// Removes every file that no job needs which was taken up. Returns how many. Called once, when all are, and before
  /// anything is added. Throws store_error.
  std::size_t remove_others();

  /// These jobs are over. A file that cannot be removed is logged, and goes with the next start.
  void release(std::span<const job_id> ids);

  /// Removes the current segments that no job needs.
  void tidy();

private:
  friend class payload_batch;

  struct segment {
    std::string name;
    /// Open while it takes more.
    file_descriptor file;
    /// All that it may come to; null where the system could not map it.
    std::shared_ptr<const file_map> map;
    std::uint64_t capacity = 0;
    /// What is added comes here.
    std::uint64_t end = 0;
    /// How many jobs need it.
    std::size_t jobs = 0;
    /// Whether its name is durable.
    bool is_named = false;
  };
  using segment_ptr = std::shared_ptr<segment>;

  /// One that takes so many bytes more, of a job that keeps its pictures or of one that does not.
  segment_ptr with_room(std::uint64_t size, bool keep);
  bool is_current(const segment_ptr& s) const { return s == current_[0] || s == current_[1]; }
  segment_ptr create(std::uint64_t capacity);
  /// It takes no more.
  void retire(segment_ptr s);
  void remove(segment_ptr s);
  void remove(const std::string& name) const;
  std::string path_of(const std::string& name) const;

  std::filesystem::path path_;
  file_descriptor directory_;
  /// Of jobs that do not keep their pictures, and of those that do. Null where the next job begins one.
  std::array<segment_ptr, 2> current_;
  std::uint64_t next_number_ = 1;
  std::unordered_map<job_id, segment_ptr> jobs_;
  /// Those of earlier processes, by name, while jobs are taken up.
  std::unordered_map<std::string, segment_ptr> earlier_;
};

/// The pictures of the jobs that one commit accepts. What was not kept is taken back at its end.
class payload_batch {
public:
  explicit payload_batch(payload_files& files) : files_{files} {}
  ~payload_batch();
  payload_batch(const payload_batch&) = delete;
  payload_batch& operator=(const payload_batch&) = delete;

  /// Where the job's pictures will be once they are written; where they are, if an earlier try of the commit has
  /// written them. `keep`: the job needs them also when it has ended. Throws store_error.
  payload_place add(const job_id& id, const payload_bytes& pictures, bool keep);

  /// All that was added is durable when it returns. Throws store_error.
  void write();

  /// The commit has taken effect, or may have: the jobs need their pictures until they are over.
  void keep();

  /// The commit has taken effect: the job's pictures, the same as were added, lie in the file from now on.
  void move(const job_id& id, const payload_bytes& pictures) const;

private:
  struct place {
    payload_files::segment_ptr segment;
    std::uint64_t offset = 0;
  };
  /// What is added to a segment, from there on.
  struct addition {
    payload_files::segment_ptr segment;
    std::uint64_t from = 0;
    std::vector<held_bytes> bytes;
  };

  void write_additions();

  payload_files& files_;
  std::unordered_map<job_id, place> places_;
  std::vector<addition> additions_;
  bool is_kept_ = false;
  bool has_failed_ = false;
};

} // namespace glyphgate::store
