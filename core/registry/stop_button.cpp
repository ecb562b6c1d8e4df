#include "core/registry/stop_button.hpp"

namespace glyphgate {

void stop_button::take_up(const recovery& r) {
  if (r.budget)
    latest_ = *r.budget;
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

void stop_button::hear(const registry_event::hear_budget& e) {
  const auto& news = e.news;
  const bool is_new =
      news.interval > latest_.interval || (news.interval == latest_.interval && news.cost > latest_.cost);
  if (!is_new)
    return core_.command(registry_command::answer{e.from, std::monostate{}});
  latest_ = news;
  std::vector<transaction> unit{note_budget{news}};
  if (news.is_too_much && !core_.stopped) {
    const stop_order order{"budget alert", e.reason, core_.now, e.refuses_jobs};
    stop(order);
    unit.emplace_back(note_stop{order});
  }
  store_.record(std::move(unit), after_record::done_for{e.from});
}

} // namespace glyphgate
