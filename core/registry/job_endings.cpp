#include "core/registry/job_endings.hpp"

#include <algorithm>
#include <utility>

namespace glyphgate {

void job_endings::end(std::vector<job_id> ids, std::vector<transaction> transactions,
                      std::vector<registry_command::answer> answers) {
  for (const auto& id : ids)
    transactions.emplace_back(end_job{core_.jobs.ending(id)});
  if (ids.empty())
    store_.record(std::move(transactions));
  else
    store_.record(std::move(transactions), after_record::show_end{std::move(ids), std::move(answers)});
}

void job_endings::show_end(const after_record::show_end& done) {
  for (const auto& id : done.ids)
    show_end(id);
  for (const auto& a : done.answers)
    core_.command(a);
}

void job_endings::show_end(const job_id& id) {
  const auto view = core_.jobs.publish(id);
  const auto took = view.started_at ? *view.completed_at - *view.started_at : duration::zero();
  auto line = log_entry{log_level::info,
                        "job_ended",
                        {{"job_id", id},
                         {"status", to_string(view.status)},
                         {"images", view.pictures_total},
                         {"ms", std::chrono::duration_cast<std::chrono::milliseconds>(took).count()}}};
  if (auto ways = core_.jobs.montages_of(id); !ways.empty())
    line.values.emplace_back("montage", std::move(ways));
  core_.command(std::move(line));
  if (auto node = waiters_.extract(id); !node.empty())
    for (const auto& w : node.mapped())
      answer(w.from, view);
  if (auto node = unwanted_.extract(id); !node.empty() && core_.jobs.start_forgetting(id))
    forget({id}, std::move(node.mapped()));
}

void job_endings::answer(asker to, const job_view& view) {
  auto told = std::make_shared<job_view>(view);
  told->wait = core_.wait_of(view.id);
  core_.command(registry_command::answer{to, std::move(told)});
}

void job_endings::get(const registry_event::get& e) {
  const auto* view = core_.view_for(e.owner, e.id);
  if (view == nullptr)
    return core_.command(registry_command::answer{e.from, ec::job_not_found});
  answer_with_result(e.from, *view);
}

void job_endings::wait(const registry_event::wait& e) {
  const auto* view = core_.view_for(e.owner, e.id);
  if (view == nullptr)
    return core_.command(registry_command::answer{e.from, ec::job_not_found});
  if (is_final(view->status) || e.until <= core_.now)
    return answer_with_result(e.from, *view);
  waiters_[e.id].push_back({e.until, e.from});
  core_.to_do.at(e.until, registry_task::answer_late{e.id});
}

void job_endings::leave(const registry_event::leave& e) {
  const auto found = waiters_.find(e.id);
  if (found == waiters_.end())
    return;
  auto& waiting = found->second;
  const auto leaving = std::ranges::find(waiting, e.until, &waiter::until);
  if (leaving == waiting.end())
    return;
  answer_as_it_is(leaving->from, e.id);
  waiting.erase(leaving);
  if (waiting.empty())
    waiters_.erase(found);
}

void job_endings::answer_as_it_is(asker to, const job_id& id) {
  if (const auto* view = core_.jobs.view(core_.now, id))
    answer(to, *view);
  else
    core_.command(registry_command::answer{to, ec::job_not_found});
}

void job_endings::answer_with_result(asker from, const job_view& view) {
  if (view.status != job_status::completed && view.status != job_status::failed)
    return answer(from, view);
  const auto as = core_.next_question();
  readings_.emplace(as, reading{from, view});
  core_.command(registry_command::read_result{as, view.id});
}

bool job_endings::result_read(const registry_event::result_read& e) {
  auto node = readings_.extract(e.to);
  if (node.empty())
    return false;
  auto& [from, view] = node.mapped();
  if (!e.result) {
    core_.command(registry_command::answer{from, ec::store_unavailable});
  } else if (!*e.result) {
    core_.command(registry_command::answer{from, ec::job_not_found});
  } else {
    view.result = *e.result;
    answer(from, view);
  }
  return true;
}

void job_endings::cancel(const registry_event::cancel& e, std::vector<transaction> left) {
  const auto* view = core_.view_for(e.owner, e.id);
  if (view == nullptr)
    return core_.command(registry_command::answer{e.from, ec::job_not_found});
  const bool shown = is_final(view->status);
  if (core_.jobs.cancel(core_.now, e.id))
    end({e.id}, std::move(left), {{e.from, std::monostate{}}});
  else if (shown && core_.jobs.start_forgetting(e.id))
    forget({e.id}, {e.from});
  else
    unwanted_[e.id].push_back(e.from);
}

void job_endings::forget_expired() {
  auto expired = core_.jobs.expired(core_.now);
  std::erase_if(expired, [this](const job_id& id) { return !core_.jobs.start_forgetting(id); });
  if (expired.empty())
    return;
  core_.command(log_entry{log_level::info, "jobs_expired", {{"count", expired.size()}}});
  forget(std::move(expired), {});
}

void job_endings::forget(std::vector<job_id> ids, std::vector<asker> asked_by) {
  std::vector<transaction> transactions;
  transactions.reserve(ids.size());
  for (const auto& id : ids)
    transactions.emplace_back(forget_job{id});
  store_.record(std::move(transactions), after_record::forget_jobs{std::move(ids), std::move(asked_by)});
}

void job_endings::forget_jobs(const after_record::forget_jobs& done) {
  auto asked_by = done.asked_by;
  for (const auto& id : done.ids) {
    core_.jobs.forget(id);
    core_.keys.forget(id);
    if (auto node = unwanted_.extract(id); !node.empty())
      asked_by.insert(asked_by.end(), node.mapped().begin(), node.mapped().end());
  }
  for (const auto from : asked_by)
    core_.command(registry_command::answer{from, std::monostate{}});
}

void job_endings::answer_late(const job_id& id, timestamp until) {
  const auto found = waiters_.find(id);
  if (found == waiters_.end())
    return;
  std::erase_if(found->second, [&](const waiter& w) {
    if (w.until > until)
      return false;
    answer_as_it_is(w.from, id);
    return true;
  });
  if (found->second.empty())
    waiters_.erase(found);
}

void job_endings::answer_all() {
  std::vector<job_id> ids;
  for (const auto& [id, list] : waiters_)
    ids.push_back(id);
  for (const auto& id : ids)
    answer_late(id, timestamp::max());
}

} // namespace glyphgate
