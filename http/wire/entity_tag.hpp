#pragma once

#include <string>
#include <string_view>

/// The tags by which clients know what they have (RFC 9110, 8.8.3). Pure.
namespace glyphgate::http {

/// Whether an If-None-Match names what has that tag (RFC 9110, 13.1.2: the comparison is weak). An empty field names
/// nothing.
bool names_entity(std::string_view if_none_match, std::string_view etag);

/// The tag of the gzip form of what has that strong tag.
std::string gzip_etag(std::string_view etag);

} // namespace glyphgate::http
