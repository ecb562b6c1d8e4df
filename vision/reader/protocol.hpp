#pragma once

#include "core/picture.hpp"
#include "core/recognition.hpp"
#include "core/sieve.hpp"
#include "vision/documents/document.hpp"
#include "vision/montage.hpp"
#include "vision/reader/reading_request.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What the service and the reader's process say to each other.
///
/// A request is a short message on a socket pair, with two files: the request itself, sealed, and an empty one for the
/// answer; an engine's models come after these. Messages have a fixed size; whatever has no fixed size is in the files.
/// The reader trusts the service; the service trusts nothing that comes back: every number is checked, and an answer
/// that is not of this form is the reader's failure.
namespace glyphgate::vision::protocol {

/// A picture that a request is about. Its bytes lie in the request's file.
struct picture_place {
  picture_info info;
  /// From the end of the encoded task.
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// Make a montage.
struct draw_task {
  std::vector<picture_place> pictures;
  montage_limits limits;
  /// Pictures at which a reader has died: they are not decoded, but unplaced with that text.
  std::vector<picture_note> given_up;
};

/// Read one picture with the engines that come with the service.
struct read_task {
  picture_place picture;
  reading_request how;
  /// The names of the engines' models that come along with the request, each as an open file, in this order. A reader
  /// keeps them.
  std::vector<std::string> models;
};

/// Look at pictures before they are packed into paid calls: `sieve::sift`.
struct sift_task {
  std::vector<picture_place> pictures;
  sieve_options options;
  /// Positions of pictures that are not to be decoded, in ascending order: they travel.
  std::vector<std::size_t> left_out;
  /// As in `read_task`.
  std::vector<std::string> models;
};

/// Look at a document.
struct look_task {
  /// Of its `info` only the format is known.
  picture_place document;
  document_request request;
};

using task = std::variant<draw_task, read_task, sift_task, look_task>;

/// Whether the task has to do with documents.
bool needs_documents(const task& t);

/// The names of the models that come along with the request; null where the task needs none.
std::vector<std::string>* models_of(task& t);

/// A montage whose file lies in the answer's file, or in the request's where it is one of the pictures.
struct drawn {
  /// Without parts.
  montage made;
  /// The picture that travels as it is; else the montage lies in the answer.
  std::optional<std::size_t> as_sent;
};

/// What became of one picture.
struct picture_read {
  /// Null where it cannot be read.
  std::shared_ptr<const recognition> recognised;
  /// Why it cannot.
  std::string error;
};

/// The engine cannot be used, whatever the picture.
struct engine_failed {
  std::string detail;
};

/// What became of the pictures of a sift_task.
struct sifted {
  std::vector<sieve_verdict> verdicts;
};

/// What a document is, where that can be told: `document_facts`. Else why not.
struct no_document {
  /// For the client to read.
  std::string detail;
};

using answer = std::variant<drawn, no_montage, picture_read, engine_failed, sifted, document_facts, no_document>;

/// The message that a request is.
struct request_message {
  /// How much of the request's file is the encoded task; pictures follow.
  std::uint64_t task_size = 0;
};

/// The message that answers it.
struct answer_message {
  /// How much of the answer's file, from `answer_start` on, is the encoded answer; a montage follows.
  std::uint64_t answer_size = 0;
  std::uint64_t montage_size = 0;
  /// Memory was short: the reader ends after this answer, and another one begins afresh.
  std::uint32_t short_of_memory = 0;
};

/// At the start of the answer's file: how far the reader is. Written in place while it works.
struct progress_note {
  /// How many pictures were begun, those that were begun again included.
  std::uint32_t begun = 0;
  /// The one in hand.
  std::uint32_t picture = 0;
};
constexpr std::uint64_t answer_start = sizeof(progress_note);

std::string encode(const task& t);
std::string encode(const answer& a);

/// Nothing where it is damaged, or a picture does not lie within `room` bytes.
std::optional<task> decode_task(std::string_view bytes, std::uint64_t room);

/// Nothing where it is damaged, or is no answer to a request about these pictures within these limits.
std::optional<answer> decode_answer(std::string_view bytes, const task& asked);

} // namespace glyphgate::vision::protocol
