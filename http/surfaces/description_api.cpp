#include "http/surfaces/description_api.hpp"

#include "http/wire/content_coding.hpp"
#include "http/wire/entity_tag.hpp"
#include "http/wire/text.hpp"

#include <memory>
#include <utility>

namespace glyphgate::http {

namespace {

constexpr std::string_view json_path = "/openapi.json";
constexpr std::string_view page_path = "/docs";

} // namespace

description_api::form description_api::form_of(const static_document& text, std::string_view body, std::string etag) {
  form f;
  f.unchanged.status = 304;
  // Another version of the service has another description.
  f.unchanged.add_header("Cache-Control", "no-cache");
  f.unchanged.add_header("Vary", "Accept-Encoding");
  f.unchanged.add_header("ETag", etag);
  f.whole.headers = std::string{text.headers}.append(f.unchanged.headers);
  f.whole.content_type = text.content_type;
  f.whole.body = std::make_shared<const std::string>(body);
  f.etag = std::move(etag);
  return f;
}

description_api::document description_api::document_of(const static_document& text) {
  document d{form_of(text, text.plain, std::string{text.etag}), form_of(text, text.packed, gzip_etag(text.etag))};
  d.packed.whole.add_header("Content-Encoding", "gzip");
  return d;
}

description_api::description_api() : json_{document_of(description_json)}, page_{document_of(description_page)} {}

bool description_api::serves(std::string_view path) const {
  return path == json_path || path == page_path;
}

std::string_view description_api::route_of(std::string_view path) const {
  return path == json_path ? json_path : page_path;
}

std::string_view description_api::methods_of(std::string_view) const {
  return "GET, HEAD";
}

void description_api::handle(const exchange_ptr& ex) {
  const auto& asked = ex->request();
  if (!is_read(asked.method()))
    return refuse(ex, wrong_method(methods_of(asked.path())));
  const auto& both = asked.path() == json_path ? json_ : page_;
  const auto& chosen = wants_gzip(asked.header("accept-encoding")) ? both.packed : both.plain;
  const auto known = asked.header("if-none-match");
  const bool has_it = names_entity(known, both.plain.etag) || names_entity(known, both.packed.etag);
  finish(ex, has_it ? chosen.unchanged : chosen.whole);
}

} // namespace glyphgate::http
