#pragma once

#include <string_view>

namespace glyphgate::http {

/// A document that the build has made, in both forms in which it is sent. All of it has static storage.
struct static_document {
  std::string_view content_type;
  /// Header lines of its own, each with its line end.
  std::string_view headers;
  /// Of the plain form: strong, with its quotes.
  std::string_view etag;
  std::string_view plain;
  /// In gzip's form.
  std::string_view packed;
};

/// docs/openapi.yaml as JSON, and as a page. Defined in what http/description/describe.py makes of it.
extern const static_document description_json;
extern const static_document description_page;

} // namespace glyphgate::http
