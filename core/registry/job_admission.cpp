#include "core/registry/job_admission.hpp"

#include "core/registry/refusals.hpp"

#include <algorithm>
#include <utility>

namespace glyphgate {

namespace {

/// A client that waits longer is better served by being told to come back.
constexpr duration admission_timeout = std::chrono::seconds{30};
} // namespace

void job_admission::submit(const registry_event::submit& e) {
  const auto answer_at_once = [&](submission s) { core_.command(registry_command::answer{e.from, std::move(s)}); };
  if (core_.draining)
    return answer_at_once(refusals::stopping());
  if (const auto* view = core_.jobs.find_identical(core_.now, e.spec->identity)) {
    if (const auto found = under_way_.find(view->id); found != under_way_.end())
      return found->second.identical.push_back(e.from);
    return answer_at_once(identical_to(*view));
  }
  if (core_.jobs.may_keep(core_.now).sweep)
    endings_.forget_expired();
  if (auto refused = refused_at_once(core_, *e.spec))
    return answer_at_once(std::move(*refused));
  const auto id = core_.setup.ids();
  core_.jobs.admit(core_.now, id, e.spec);
  auto& job = under_way_[id];
  job.spec = e.spec;
  job.first = e.from;
  core_.later(admission_timeout, registry_task::refuse_late{id});
  core_.command(registry_command::recall{ask(id), e.spec->recognition_keys});
}

submission job_admission::identical_to(const job_view& job) {
  submission existing;
  existing.id = job.id;
  existing.status = job.status;
  existing.identical = true;
  return existing;
}

std::optional<submission> job_admission::refused_at_once(const registry_core& core, const job_spec& spec) {
  if (!core.jobs.has_room(0, bytes_of(spec)))
    return refusals::queue_full();
  const auto keeping = core.jobs.may_keep(core.now);
  if (!keeping.room)
    return refusals::kept_full(keeping.next_expiry.value_or(core.now) - core.now);
  return std::nullopt;
}

question job_admission::ask(const job_id& id) {
  const auto as = core_.next_question();
  under_way_.at(id).waits_for = as;
  asked_.emplace(as, id);
  return as;
}

job_id job_admission::waiting_for(question q) {
  auto node = asked_.extract(q);
  return node.empty() ? job_id{} : std::move(node.mapped());
}

void job_admission::recalled(const registry_event::recalled& e) {
  const auto id = waiting_for(e.to);
  if (id.empty())
    return;
  if (!e.known)
    return refuse_for_store(id);
  under_way_.at(id).known = *e.known;
  plan(id);
}

void job_admission::plan(const job_id& id) {
  auto& job = under_way_.at(id);
  job.calls = core_.plan(*job.spec, pictures_to_send(*job.spec, job.known));
  if (!core_.jobs.has_room(job.calls.size(), 0))
    return refuse(id, refusals::queue_full());
  core_.jobs.plan(id, job.known, job.calls);
  if (job.calls.empty())
    commit(id);
  else
    core_.command(registry_command::ask_breaker{ask(id)});
}

void job_admission::breaker_told(const registry_event::breaker_told& e) {
  const auto id = waiting_for(e.to);
  if (id.empty())
    return;
  if (e.status.mode == breaker_mode::open)
    return refuse(id, refusals::breaker_open(e.status));
  const auto calls = static_cast<std::uint32_t>(under_way_.at(id).calls.size());
  core_.command(registry_command::reserve{ask(id), 1, calls});
}

void job_admission::reserved(const registry_event::reserved& e) {
  const auto id = waiting_for(e.to);
  if (id.empty()) {
    // The job was refused while the limiter had the question.
    if (e.answer.granted())
      core_.command(registry_command::revoke{e.answer});
    return;
  }
  if (!e.answer.granted())
    return refuse(id, refusals::limited(e.answer));
  under_way_.at(id).granted = e.answer;
  commit(id);
}

void job_admission::commit(const job_id& id) {
  auto& job = under_way_.at(id);
  job.committing = true;
  accept_job t;
  t.id = id;
  t.at = job.calls.empty() ? core_.now : job.granted.at;
  t.spec = job.spec;
  t.pictures_from_cache = static_cast<std::uint32_t>(job.spec->pictures.size());
  for (std::uint32_t i = 0; i < job.calls.size(); ++i) {
    t.pictures_from_cache -= static_cast<std::uint32_t>(job.calls[i].size());
    t.calls.push_back({job.calls[i], job.granted.first + i});
  }
  for (std::uint32_t i = 0; i < job.known.size(); ++i)
    if (job.known[i])
      t.known.emplace_back(i, job.known[i]);
  t.engine = core_.setup.engine.name;
  t.call_price = core_.setup.engine.call_price;
  job.granted.at = t.at;
  core_.command(registry_command::offer{ask(id), unit_of({std::move(t)})});
}

void job_admission::stored(const registry_event::stored& e) {
  if (const auto id = waiting_for(e.to); !id.empty()) {
    if (e.verdicts)
      return accept(id);
    // Nothing took effect: the windows take back what the job had reserved.
    if (const auto& granted = under_way_.at(id).granted; granted.calls != 0)
      core_.command(registry_command::revoke{granted});
    return refuse_for_store(id);
  }
  auto node = refused_late_.extract(e.to);
  if (node.empty())
    return;
  const auto& [id, granted] = node.mapped();
  if (!e.verdicts) {
    if (granted.calls != 0)
      core_.command(registry_command::revoke{granted});
    return;
  }
  std::vector<transaction> unit;
  for (std::uint32_t i = 0; i < granted.calls; ++i)
    unit.emplace_back(release_spend{granted.first + i, core_.now});
  job_end end;
  end.id = id;
  end.status = job_status::cancelled;
  end.completed_at = end.expires_at = core_.now;
  end.error = "not accepted";
  end.repeatable = false;
  unit.emplace_back(end_job{std::move(end)});
  unit.emplace_back(forget_job{id});
  store_.record(std::move(unit), after_record::revoke{granted});
}

void job_admission::accept(const job_id& id) {
  const auto job = take(id);
  core_.command(log_entry{log_level::info,
                          "job_accepted",
                          {{"job_id", id}, {"images", job.spec->pictures.size()}, {"calls", job.calls.size()}}});
  const auto calls = core_.jobs.confirm(job.granted.at, id, job.granted.first);
  submission s;
  s.id = id;
  if (calls.empty()) {
    s.status = job_status::completed;
    return endings_.end(id, {}, answers(job, s));
  }
  s.usage = job.granted.usage;
  for (auto& a : answers(job, s))
    core_.command(std::move(a));
  for (const auto& call : calls)
    calls_.dispatch(call);
}

std::vector<registry_command::answer> job_admission::answers(const candidate& job, submission s) {
  std::vector<registry_command::answer> all{{job.first, s}};
  s.identical = s.accepted();
  for (const auto same : job.identical)
    all.push_back({same, s});
  return all;
}

void job_admission::refuse_late(const job_id& id) {
  const auto found = under_way_.find(id);
  if (found == under_way_.end())
    return;
  const auto& job = found->second;
  asked_.erase(job.waits_for);
  if (job.committing)
    refused_late_.emplace(job.waits_for, late_refusal{id, job.granted});
  refuse_for_store(id);
}

void job_admission::refuse_for_store(const job_id& id) {
  refuse(id, refusals::store_fails());
}

void job_admission::refuse(const job_id& id, const submission& s) {
  const auto job = take(id);
  core_.jobs.revoke(id);
  core_.command(log_entry{
      log_level::info, "job_refused", {{"reason", to_string(s.refused)}, {"images", job.spec->pictures.size()}}});
  for (auto& a : answers(job, s))
    core_.command(std::move(a));
}

job_admission::candidate job_admission::take(const job_id& id) {
  return std::move(under_way_.extract(id).mapped());
}

} // namespace glyphgate
