#pragma once

#include "core/answered_request.hpp"

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace glyphgate {

/// The requests that clients gave keys of their own, each owner's apart: those that are under way, and those of the
/// jobs that are kept. Part of the registry.
class request_keys {
public:
  /// So many keys are kept of a job; a further one takes the oldest one's place.
  static constexpr std::size_t most_of_a_job = 100;

  struct entry {
    digest request;
    /// None while the first request is under way.
    std::optional<answered_request> answer;
  };

  /// Null when the owner has given no request that key.
  const entry* find(const owner_name& owner, const std::string& key) const;

  /// A request of that key is under way. It takes the place of an answer whose job is gone.
  void begin(const owner_name& owner, const request_key& key);
  /// It came to nothing: the key is free again.
  void drop(const owner_name& owner, const request_key& key);
  /// The key that another one of that job would take the place of, if there are so many.
  std::optional<std::string> oldest_in_the_way(const job_id& job) const;
  /// It was answered so, durably.
  void note(const answered_request& answered);
  /// The job is gone, and its keys are free again.
  void forget(const job_id& job);

private:
  using place = std::pair<owner_name, std::string>;

  std::map<place, entry> entries_;
  std::unordered_map<job_id, std::deque<place>> of_job_;
};

} // namespace glyphgate
