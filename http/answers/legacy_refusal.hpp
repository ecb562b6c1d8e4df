#pragma once

#include "http/wire/problem.hpp"

namespace glyphgate::http {

/// A refusal in the words of the Python service that this one replaces, as its framework put them: `{"detail":…}`,
/// where detail is a text; with 422 a list of `{"loc":[…],"msg":…,"type":…}`; with 429 `{"error":…,"usage":{…}}`. The
/// status and the headers are the problem's own.
response legacy_refusal(const problem& p);

} // namespace glyphgate::http
