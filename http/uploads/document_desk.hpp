#pragma once

#include "core/config.hpp"
#include "http/uploads/decode_pool.hpp"
#include "http/uploads/upload.hpp"
#include "vision/engine.hpp"
#include "vision/picture_refusal.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>

namespace glyphgate::http {

/// Whether a file of the upload is a PDF, which takes longer to look at than a picture's header.
bool has_documents(const upload& from);

/// The refusal of a PDF of so many bytes that is larger than those settings accept.
std::optional<vision::picture_refusal> refuse_document_size(std::size_t bytes, const document_config& settings);

/// Looks at the PDFs of uploads, each in a process of its own that ends with it: what one of them breaks concerns no
/// other. That blocks, and so uploads with PDFs are checked on threads of their own: other uploads do not wait for
/// them. Thread-safe.
class document_desk {
public:
  explicit document_desk(std::shared_ptr<const vision::engine_provider> engine);
  /// Stops.
  ~document_desk();

  /// Where an upload with PDFs is to be checked.
  decode_pool& pool() { return pool_; }

  vision::looked_at_document look(const held_bytes& file, const vision::document_request& request) const;

  /// Returns when nothing is looked at any more; what waits is dropped.
  void stop();

private:
  const std::shared_ptr<const vision::engine_provider> engine_;
  std::stop_source stopping_;
  decode_pool pool_;
};

} // namespace glyphgate::http
