#pragma once

#include <optional>
#include <string_view>

namespace glyphgate::http {

/// The weight of a member of Accept-Encoding and the like (RFC 9110, 12.4.2) in thousandths: its one parameter, `q`;
/// 1000 where it has none. None when it is malformed.
std::optional<int> weight_of(std::string_view member);

} // namespace glyphgate::http
