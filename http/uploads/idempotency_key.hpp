#pragma once

#include "http/wire/problem.hpp"
#include "http/wire/request.hpp"

#include <optional>
#include <string>
#include <variant>

namespace glyphgate::http {

/// The Idempotency-Key of a request, without its quotes; none where it has none. 400 for one that is none: longer than
/// 255 characters, empty, with other characters than visible ASCII, or given twice. Taken is the quoted string of
/// draft-ietf-httpapi-idempotency-key-header-07, and the same without quotes, which many clients send.
std::variant<std::optional<std::string>, problem> idempotency_key_of(const request& r);

} // namespace glyphgate::http
