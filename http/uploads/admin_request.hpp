#pragma once

#include "core/stop_order.hpp"
#include "http/wire/problem.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace glyphgate::http {

/// `{"reason": text, "new_jobs": "wait" or "refuse"}`; both may be missing, and so may the body. Who asks and when is
/// left empty.
std::variant<stop_order, problem> read_pause(std::string_view body);

/// A notification of a Google Cloud budget.
struct budget_alert {
  budget_news news;
  /// Why calls stop, if they do.
  std::string reason;
};

/// A push of Pub/Sub that holds one (schema version 1.0): it is too much when `costAmount` is `pause_ratio` of
/// `budgetAmount`. Source: Google Cloud Billing, "Programmatic budget notifications".
std::variant<budget_alert, problem> read_budget_alert(std::string_view body, double pause_ratio, timestamp now);

} // namespace glyphgate::http
