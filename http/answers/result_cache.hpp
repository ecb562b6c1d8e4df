#pragma once

#include "core/clock.hpp"
#include "core/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace glyphgate::http {

/// A job as JSON, ready to be sent.
struct rendered_job {
  std::shared_ptr<const std::string> body;
  /// Strong, with its quotes.
  std::string etag;
  /// The header lines that go with it.
  std::string headers;
};

/// Renders a job's JSON: the ETag is a digest of it.
rendered_job render_job(std::string json);

/// The same in gzip's form, which has an ETag of its own. Takes milliseconds; null for want of memory.
std::shared_ptr<const rendered_job> gzip_form(const rendered_job& job);

/// The header lines of every form of a result that has that ETag, apart from its Content-Encoding.
std::string result_headers(std::string_view etag);

/// Finished jobs as they are sent, so that a poll costs no message and no serialisation. Bounded in bytes; the job
/// that was not asked for the longest goes first. Thread-safe.
class result_cache {
public:
  explicit result_cache(std::uint64_t max_bytes) : max_bytes_{max_bytes} {}

  /// Null when it is not held or has expired.
  std::shared_ptr<const rendered_job> find(std::string_view id, timestamp now);

  /// Keeps a finished job until it expires or its room is needed. One that was dropped lately is not taken again: its
  /// rendering may have been on its way when it was deleted.
  void insert(const job_id& id, timestamp expires_at, std::shared_ptr<const rendered_job> job);

  /// That job in gzip's form; null when it is not held.
  std::shared_ptr<const rendered_job> find_gzipped(std::string_view id);

  /// Keeps that form beside the job, if that is held and there is room for both.
  void add_gzipped(std::string_view id, std::shared_ptr<const rendered_job> form);

  /// The job has been deleted.
  void drop(const job_id& id);

  std::uint64_t bytes() const;

private:
  struct entry {
    job_id id;
    timestamp expires_at;
    std::shared_ptr<const rendered_job> job;
    /// Null until somebody has asked for it.
    std::shared_ptr<const rendered_job> gzipped;
  };
  using entries = std::list<entry>;

  void erase(entries::iterator at);
  static std::uint64_t size_of(const entry& e);

  const std::uint64_t max_bytes_;
  mutable std::mutex mutex_;
  std::uint64_t bytes_ = 0;
  /// The most recently asked for first.
  entries entries_;
  /// Keyed by the entries' ids.
  std::unordered_map<std::string_view, entries::iterator> by_id_;
  std::deque<job_id> dropped_;
};

} // namespace glyphgate::http
