#pragma once

#include "core/clock.hpp"
#include "core/ids.hpp"
#include "core/job.hpp"
#include "http/formats/outbox.hpp"

#include <cstddef>
#include <memory>
#include <optional>

namespace glyphgate::http {

/// The job that a document is made of, and which part of it.
struct job_extract {
  job_id id;
  timestamp completed_at;
  std::shared_ptr<const job_result> result;
  /// The position of the one picture that the document shows; none: all of them.
  std::optional<std::size_t> only{};

  std::size_t pages() const { return only ? 1 : result->pictures.size(); }
  const picture_result& picture(std::size_t number) const { return result->pictures[only.value_or(0) + number]; }
};

/// Makes a document of one format: `begin`, then `render` for each page in order, then `end`. What it holds between two
/// calls is bounded. Used by one thread at a time.
class renderer {
public:
  virtual ~renderer() = default;
  virtual void begin(outbox&) {}
  /// The page of that number, of as many as the extract has. May throw where its picture cannot be read.
  virtual void render(std::size_t number, outbox& out) = 0;
  virtual void end(outbox&) {}
};

} // namespace glyphgate::http
