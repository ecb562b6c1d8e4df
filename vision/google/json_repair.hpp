#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace glyphgate::vision {

/// JSON whose strings hold code units that are no text: bytes that are no UTF-8, escaped surrogates without their other
/// half, control characters. Each becomes U+FFFD, the rest stays. A parser would refuse the whole for one of them, and
/// would refuse it again each time it is asked for. Nothing when there is nothing to repair. Takes any bytes; what is
/// returned has at most three times their size.
std::optional<std::string> repair_json(std::string_view text);

} // namespace glyphgate::vision
