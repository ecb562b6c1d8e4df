#include "core/registry/stop_button.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <tuple>
#include <utility>
#include <variant>

namespace glyphgate {

namespace {

// What is told of further alerts while the calls are stopped.
constexpr std::size_t longest_reason = 2000;

} // namespace

void stop_button::take_up(const recovery& r) {
  billed_ = r.billed;
  if (r.stopped)
    stop(*r.stopped);
}

void stop_button::stop(const stop_order& order) {
  ++number_;
  core_.stopped = order;
  core_.command(registry_command::hold_calls{true});
  core_.command(log_entry{log_level::warn,
                          "calls_stopped",
                          {{"by", order.by},
                           {"reason", order.reason},
                           {"since", to_rfc3339(order.since)},
                           {"new_jobs", order.refuses_jobs ? "refused" : "wait"}}});
}

void stop_button::press(const registry_event::stop_calls& e) {
  auto order = e.order;
  order.since = core_.now;
  stop(order);
  store_.record({note_stop{order}}, after_record::done_for{e.from});
}

void stop_button::release(const registry_event::resume_calls& e) {
  store_.record({note_stop{}}, after_record::resumed{e.from, ++number_, e.by});
}

void stop_button::resumed(const after_record::resumed& done) {
  if (done.number == number_) {
    core_.stopped.reset();
    core_.command(registry_command::hold_calls{false});
    core_.command(log_entry{log_level::warn, "calls_resumed", {{"by", done.by}}});
  }
  core_.command(registry_command::answer{done.from, std::monostate{}});
}

bool stop_button::note(const budget_news& news) {
  const auto known = std::ranges::find(billed_, news.budget, &budget_news::budget);
  if (known == billed_.end()) {
    billed_.push_back(news);
    return true;
  }
  if (std::tie(news.interval, news.cost) <= std::tie(known->interval, known->cost))
    return false;
  *known = news;
  return true;
}

void stop_button::hear(const registry_event::hear_budget& e) {
  const auto& news = e.news;
  const bool is_new = note(news);
  const auto level = !is_new ? log_level::debug : news.is_too_much ? log_level::warn : log_level::info;
  core_.command(log_entry{level,
                          is_new ? "budget_alert" : "budget_alert_known",
                          {{"budget", news.budget},
                           {"interval", to_rfc3339(news.interval)},
                           {"cost_micro_usd", news.cost},
                           {"too_much", news.is_too_much}}});
  if (!is_new)
    return core_.command(registry_command::answer{e.from, std::monostate{}});
  std::vector<transaction> unit{note_budget{news}};
  if (news.is_too_much) {
    auto order = core_.stopped.value_or(stop_order{"budget alert", {}, core_.now, e.refuses_jobs});
    if (order.reason.size() + e.reason.size() < longest_reason)
      order.reason.append(order.reason.empty() ? "" : "; ").append(e.reason);
    order.refuses_jobs = order.refuses_jobs || e.refuses_jobs;
    stop(order);
    unit.emplace_back(note_stop{order});
  }
  store_.record(std::move(unit), after_record::done_for{e.from});
}

} // namespace glyphgate
