#include "http/wire/entity_tag.hpp"

#include "http/wire/text.hpp"

#include <algorithm>

namespace glyphgate::http {

bool names_entity(std::string_view if_none_match, std::string_view etag) {
  return std::ranges::any_of(split_list(if_none_match), [&](std::string_view tag) {
    if (tag.starts_with("W/"))
      tag.remove_prefix(2);
    return tag == "*" || tag == etag;
  });
}

std::string gzip_etag(std::string_view etag) {
  return std::string{etag.substr(0, etag.size() - 1)} + "-gzip\"";
}

} // namespace glyphgate::http
