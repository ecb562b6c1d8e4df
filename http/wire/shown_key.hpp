#pragma once

#include "http/wire/problem.hpp"
#include "http/wire/request.hpp"

#include <string>
#include <variant>

namespace glyphgate::http {

/// The API key that a request shows, empty when it shows none: in `Authorization: Bearer`, in `X-API-Key` or in
/// `x-goog-api-key`, and, where `in_query_too`, as the query's parameter `key`. A refusal (400) when it shows two that
/// differ: who can say for whom it is then.
std::variant<std::string, problem> shown_key(const request& r, bool in_query_too);

} // namespace glyphgate::http
