#pragma once

#include "core/call.hpp"
#include "core/picture.hpp"
#include "core/sieve.hpp"
#include "vision/documents/document.hpp"
#include "vision/montage.hpp"
#include "vision/reader/reading_request.hpp"

#include <functional>
#include <memory>
#include <stop_token>
#include <variant>
#include <vector>

namespace glyphgate::vision {

/// Decodes pictures for one engine, which owns it: in a process of its own that is caged (`caged_reader`); in tests in
/// this one. Used on one thread at a time; it blocks.
class picture_reader {
public:
  virtual ~picture_reader() = default;

  /// As `draw_montage`. A picture that cannot be decoded in its time or its memory is in `unplaced`.
  virtual made_montage draw(const std::vector<picture>& pictures, const montage_limits& limits,
                            const std::stop_token& stop) = 0;

  /// Reads one picture with the engines that come with the service. A failure, of which nothing was sent, when it is
  /// not the picture's: an engine's data cannot be loaded, the reader cannot be started, or it was stopped.
  virtual std::variant<picture_outcome, call_failure> read(const picture& one, const reading_request& how,
                                                           const std::stop_token& stop) = 0;

  /// As `sieve::sift`, with ppocr.
  virtual sift_outcome sift(const std::vector<picture>& pictures, const sieve_options& options,
                            const std::stop_token& stop) = 0;

  /// Looks at a PDF: what pages it has, and what is on those that are asked for. A refusal where it cannot be read, for
  /// example as it needs a password, or where the pages that are asked for are not there or too many.
  virtual looked_at_document look(const held_bytes& file, const document_request& request,
                                  const std::stop_token& stop) = 0;

  /// Nobody needs it for now: lets go of what it can have again.
  virtual void rest() {}
};

/// Makes a reader for a new engine. Usable from any thread.
using reader_factory = std::function<std::unique_ptr<picture_reader>()>;

} // namespace glyphgate::vision
