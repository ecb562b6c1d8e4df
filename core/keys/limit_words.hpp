#pragma once

#include "core/limits/spending_limits.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// What a key's limits are called where they are written, as in `calls-per-day=500 budget-per-month=5.00`.
namespace glyphgate {

/// The field of a limit: a count, or millionths of a US dollar.
using limit_field = std::variant<std::optional<std::uint32_t>*, std::optional<micro_dollars>*>;

/// Every limit by its name: `jobs-per-W`, `calls-per-W` and `budget-per-W` for each window W, `pages-per-job` and
/// `calls-per-job`. The fields are those of `limits`, valid as long as it is. The order is always the same.
std::vector<std::pair<std::string, limit_field>> limit_fields(spending_limits& limits);

/// Puts what such a word says into `limits`. Else why not and how to mend it, to be read behind a place and a colon;
/// nothing has changed then. Refuses a limit that is set already. Never quotes what may be a secret.
std::optional<std::string> apply_limit_word(spending_limits& limits, std::string_view word);

/// Puts the limits of `from` into `to`. Else the name of a limit that both have, with different values; `to` is in an
/// unspecified state then.
std::optional<std::string> merge_limits(spending_limits& to, spending_limits from);

} // namespace glyphgate
