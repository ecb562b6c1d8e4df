#pragma once

#include <restinio/http_server.hpp>

#include <utility>

namespace glyphgate::http {

/// Names the builder of answers whose header is rendered already. RESTinio's own builders put a Content-Length into 204
/// and cannot leave out a body for HEAD.
struct rendered_output {};

} // namespace glyphgate::http

/// What `create_response<rendered_output>()` gives: it passes the bytes on as they are.
template <>
class restinio::response_builder_t<glyphgate::http::rendered_output> final
    : public base_response_builder_t<response_builder_t<glyphgate::http::rendered_output>> {
public:
  using base_response_builder_t::base_response_builder_t;

  /// The whole answer, header and body, or the next part of it.
  void pass_on(response_output_flags_t flags, write_group_t part) {
    m_connection->write_response_parts(m_request_id, flags, std::move(part));
  }
};
