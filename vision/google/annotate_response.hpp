#pragma once

#include "core/recognition.hpp"
#include "vision/google/failures.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace glyphgate::vision {

/// A longer response is not read: a montage full of text takes a tenth.
constexpr std::size_t max_response_bytes = 64 * 1024 * 1024;

/// What `images:annotate` answers for one picture.
struct image_annotation {
  /// Symbols are in reading order, in Google's words, paragraphs and blocks. A symbol without a box has its word's,
  /// else the one of the symbol before it. Lines end at line breaks, and where the next word does not lie behind the
  /// last one.
  recognition read;
  /// Set when Google could not read the picture.
  std::optional<google_error> error;
};

/// A body that is no answer, or one that cannot be taken.
struct unreadable_answer {
  /// What is wrong with it, for people to read.
  std::string detail;
  /// It is an answer, but holds more than is taken: asking again brings the same, asking for less helps.
  bool too_much = false;
};

/// Reads the body of a 200 for a request of one picture. A symbol's code units that are no text become U+FFFD. Safe on
/// hostile bytes: neither depth nor numbers nor amounts can harm, and memory is bounded by a small multiple of the
/// body's size.
std::variant<image_annotation, unreadable_answer> parse_annotate_response(std::string_view body);

} // namespace glyphgate::vision
