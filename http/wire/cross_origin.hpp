#pragma once

#include "http/wire/request.hpp"

#include <string>
#include <vector>

namespace glyphgate::http {

/// Whether it is an origin as a browser sends it: `https://app.example.org`, with a port where it is not the usual one
/// and nothing behind it; or `*`.
bool is_origin(const std::string& text);

/// Which pages may use the service in a browser (CORS, of the Fetch standard). Immutable.
class cross_origin {
public:
  /// Pages of those origins; `*` among them stands for every origin.
  explicit cross_origin(std::vector<std::string> origins);

  /// The header lines that the answer to that request needs, whatever it is: none when no page of another origin asks.
  std::string headers_for(const request& r) const;

private:
  const std::vector<std::string> origins_;
  const bool every_;
};

/// The header lines that answer a browser's question before its request (a preflight): `methods` are those that the
/// path has. Without effect where `cross_origin` does not allow the origin.
std::string preflight_headers(std::string_view methods);

} // namespace glyphgate::http
