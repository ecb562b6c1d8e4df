#include "http/uploads/document_desk.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace glyphgate::http {

namespace {

// Two, so that one document that takes long holds up only those that come after the next one.
constexpr std::size_t threads = 2;

} // namespace

bool has_documents(const upload& from) {
  return std::ranges::any_of(from.pictures, [](const auto& file) { return vision::is_pdf(file.bytes.view); });
}

std::optional<vision::picture_refusal> refuse_document_size(std::size_t bytes, const document_config& settings) {
  constexpr std::uint64_t mib = 1024 * 1024;
  const std::uint64_t most = settings.file_size_mb;
  if (bytes <= most * mib)
    return std::nullopt;
  return vision::picture_refusal{ec::picture_too_large,
                                 "the PDF has " + std::to_string(bytes) + " bytes; at most " + std::to_string(most) +
                                     " MiB are accepted: send its pages in several files",
                                 vision::exceeded_limit{"document_size_limit_mb", most}};
}

document_desk::document_desk(std::shared_ptr<const vision::engine_provider> engine)
    : engine_{std::move(engine)},
      pool_{threads} {}

document_desk::~document_desk() {
  stop();
}

vision::looked_at_document document_desk::look(const held_bytes& file, const vision::document_request& request) const {
  const auto reader = engine_->make_reader();
  if (!reader)
    return vision::picture_refusal{
        ec::unsupported_format, "the file is a PDF, which this service does not read; send its pages as images", {}};
  return reader->look(file, request, stopping_.get_token());
}

void document_desk::stop() {
  stopping_.request_stop();
  pool_.stop();
}

} // namespace glyphgate::http
