#pragma once

#include "core/call.hpp"
#include "core/ids.hpp"
#include "core/picture.hpp"
#include "core/recognition.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What a local engine makes of pictures before they are packed into paid calls. docs/local-first.md tells it from
/// outside.
namespace glyphgate {

/// Which pictures a local engine answers for one that is paid by the call.
enum class sieve_mode : std::uint8_t {
  /// None.
  off,
  /// Those in which it finds no text at all.
  blank,
  /// Those, and those of which it is sure of every character.
  confident,
};

/// "off", "blank", "confident".
std::string_view to_string(sieve_mode mode);

/// What the sieve is to look for.
struct sieve_options {
  sieve_mode mode = sieve_mode::off;
  /// With `confident`: the least confidence of a picture's characters with which it is answered here; 0.5–1.
  float confidence = 0.99F;
  /// Whether pictures that show what an earlier one shows are to be found.
  bool near_duplicates = false;

  /// Whether there is anything to look for.
  bool any() const { return mode != sieve_mode::off || near_duplicates; }
};

/// The picture is to be read by the engine of the calls.
struct travels {};

/// It is answered here. Only where the mode is not `off`.
struct answered {
  /// Not null; its `engine` names the local one. Its `symbols` are empty where there is no text.
  std::shared_ptr<const recognition> read;
};

/// It shows what an earlier picture of the list shows, and has that one's reading. Only where near-duplicates are
/// looked for.
struct repeats {
  /// The position of that picture in the list, below the picture's own. That one repeats none.
  std::size_t earlier = 0;
};

using sieve_verdict = std::variant<travels, answered, repeats>;

/// One a picture, in their order; or why there are none. Then every picture travels.
using sift_outcome = std::variant<std::vector<sieve_verdict>, call_failure>;
using sift_outcome_ptr = std::shared_ptr<const sift_outcome>;

/// A portion of a job's pictures for the sieve, in the order of the job. Immutable and shared once made.
struct sift_request {
  job_id job;
  /// Where it is not the job's first portion, the first of them may be one of an earlier portion, as later ones may
  /// repeat it.
  std::vector<picture> pictures;
  std::vector<std::string> language_hints;
  sieve_options options;
};

using sift_request_ptr = std::shared_ptr<const sift_request>;

/// The outcome of a portion that was not looked at, or not to its end.
sift_outcome_ptr not_sifted(ec code, std::string detail);

} // namespace glyphgate
