#include "http/wire/request_watcher.hpp"

#include <algorithm>
#include <array>

namespace glyphgate::http {

std::string_view countable_method(std::string_view method) {
  // RFC 9110, 9.1, and PATCH of RFC 5789.
  static constexpr std::array<std::string_view, 9> known{"GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                                                         "CONNECT", "OPTIONS", "TRACE", "PATCH"};
  const auto* const found = std::ranges::find(known, method);
  return found == known.end() ? "_OTHER" : *found;
}

} // namespace glyphgate::http
