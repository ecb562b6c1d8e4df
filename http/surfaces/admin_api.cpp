#include "http/surfaces/admin_api.hpp"

#include "core/digest.hpp"
#include "http/answers/ledger_export.hpp"
#include "http/surfaces/admins_only.hpp"
#include "http/uploads/admin_request.hpp"
#include "http/uploads/upload.hpp"
#include "http/wire/query_reader.hpp"
#include "http/wire/text.hpp"

#include <chrono>
#include <utility>
#include <variant>

namespace glyphgate::http {

namespace {

constexpr std::string_view pause_path = "/admin/pause";
constexpr std::string_view resume_path = "/admin/resume";
constexpr std::string_view budget_path = "/admin/budget-alert";
constexpr std::string_view export_path = "/usage/export";

problem no_such_alert() {
  return make_problem(403, "forbidden", "The alert does not show the right token",
                      "add ?token= with the service's BUDGET_ALERT_TOKEN to the URL of the push subscription; without "
                      "that setting the service takes no alerts");
}

} // namespace

admin_api::admin_api(const config& settings, std::shared_ptr<gateway> gate, clock_fn clock,
                     std::shared_ptr<decode_pool> pool)
    : settings_{settings},
      gate_{std::move(gate)},
      clock_{std::move(clock)},
      pool_{std::move(pool)},
      calendar_{settings.billing_time_zone} {}

bool admin_api::serves(std::string_view path) const {
  return !route_of(path).empty();
}

std::string_view admin_api::route_of(std::string_view path) const {
  for (const auto own : {export_path, pause_path, resume_path, budget_path})
    if (path == own)
      return own;
  return "";
}

std::string_view admin_api::methods_of(std::string_view path) const {
  return path == export_path ? "GET, HEAD" : "POST";
}

access admin_api::access_to(std::string_view path, const request& r) const {
  if (path != budget_path)
    return access::with_key;
  return shows_token(r) ? access::everybody_with_body : access::everybody;
}

void admin_api::handle(const exchange_ptr& ex) {
  const auto path = ex->request().path();
  const auto method = ex->request().method();
  if (path == export_path ? !is_read(method) : method != "POST")
    return refuse(ex, wrong_method(methods_of(path)));
  if (path == budget_path)
    return hear_budget(ex);
  if (path == export_path)
    return sees_everything(ex) ? export_ledger(ex) : refuse(ex, not_an_admin(ex));
  if (!ex->who().admin)
    return refuse(ex, not_an_admin(ex));
  if (path == pause_path)
    pause(ex);
  else
    resume(ex);
}

reply<std::monostate> admin_api::when_done(const exchange_ptr& ex) {
  return [self = shared_from_this(), this, ex](const std::variant<std::monostate, ec>& reply) {
    attempt(ex, [&] {
      if (const auto* code = std::get_if<ec>(&reply))
        return refuse(ex, make_problem(*code));
      response done;
      done.status = 204;
      finish(ex, std::move(done));
    });
  };
}

void admin_api::pause(const exchange_ptr& ex) {
  auto asked = read_pause(ex->request().body.view());
  if (const auto* why = std::get_if<problem>(&asked))
    return refuse(ex, *why);
  auto& order = std::get<stop_order>(asked);
  order.by = ex->who().name;
  gate_->stop_calls(std::move(order), when_done(ex));
}

void admin_api::resume(const exchange_ptr& ex) {
  gate_->resume_calls(ex->who().name, when_done(ex));
}

bool admin_api::shows_token(const request& r) const {
  query_reader query{r.query()};
  const auto shown = query.text("token").value_or(std::string{});
  // Digests tell nothing of where two texts part.
  return !settings_.budget.token.empty() && sha256(shown) == sha256(settings_.budget.token.reveal());
}

void admin_api::hear_budget(const exchange_ptr& ex) {
  if (!shows_token(ex->request()))
    return refuse(ex, no_such_alert());
  const auto heard = read_budget_alert(ex->request().body.view(), settings_.budget.pause_ratio, clock_());
  if (const auto* why = std::get_if<problem>(&heard))
    return refuse(ex, *why);
  const auto& alert = std::get<budget_alert>(heard);
  gate_->hear_budget(alert.news, alert.reason, settings_.budget.refuses_jobs, when_done(ex));
}

void admin_api::export_ledger(const exchange_ptr& ex) {
  query_reader query{ex->request().query()};
  const auto now = clock_();
  const auto from_text = query.text("from").value_or(calendar_.date_of(now - std::chrono::days{30}));
  const auto to_text = query.text("to").value_or(calendar_.date_of(now));
  const auto form = query.text("format").value_or("json");
  const auto from = calendar_.day_of(from_text);
  const auto to = calendar_.day_of(to_text);
  if (!from)
    query.wrong("from", "it must be a date as 2026-01-31");
  if (!to)
    query.wrong("to", "it must be a date as 2026-01-31; that day is included");
  if (form != "json" && form != "csv")
    query.wrong("format", "it must be json or csv");
  if (const auto why = query.refusal())
    return refuse(ex, *why);
  gate_->accounts(from->begin, to->end,
                  [self = shared_from_this(), this, ex, form](const std::variant<account_entries_ptr, ec>& reply) {
                    attempt(ex, [&] {
                      if (const auto* code = std::get_if<ec>(&reply))
                        return refuse(ex, make_problem(*code));
                      const auto days = days_of(*std::get<account_entries_ptr>(reply), calendar_);
                      finish_packed(*pool_, ex, form == "csv" ? ledger_csv(days) : ledger_json(days));
                    });
                  });
}

} // namespace glyphgate::http
