#include "actors/job_admission.hpp"

#include "core/log.hpp"
#include "vision/call_planner.hpp"

#include <utility>

namespace glyphgate {

namespace {

submission refusal(ec code, std::string detail, std::optional<duration> retry_after) {
  submission s;
  s.refused = code;
  s.detail = std::move(detail);
  s.retry_after = retry_after;
  return s;
}

submission queue_full() {
  return refusal(ec::queue_full, "too much work is waiting; try again later", std::chrono::seconds{5});
}

submission existing(const job_view& view) {
  submission s;
  s.id = view.id;
  s.status = view.status;
  s.identical = true;
  return s;
}

} // namespace

caf::result<submission> job_admission::submit(const job_spec_ptr& spec) {
  const auto now = context_.now();
  if (const auto* view = context_.jobs.find_identical(now, spec->identity)) {
    const auto found = under_way_.find(view->id);
    if (found == under_way_.end())
      return existing(*view);
    auto same = context_.self->make_response_promise<submission>();
    found->second.identical.push_back(same);
    return same;
  }
  if (!context_.jobs.has_room(0, bytes_of(*spec)))
    return queue_full();
  const auto id = context_.setup.ids();
  context_.jobs.admit(now, id, spec);
  auto first = context_.self->make_response_promise<submission>();
  under_way_[id] = {spec, first, {}, {}, {}, {}};
  recall(id);
  return first;
}

void job_admission::recall(const job_id& id) {
  const auto keys = std::make_shared<const std::vector<digest>>(under_way_.at(id).spec->recognition_keys);
  context_.self->request(context_.setup.store, store_timeout, recall_atom::value, digests_ptr{keys})
      .then([this, id](const recognitions& known) { plan(id, known); },
            [this, id](const caf::error&) { refuse_for_store(id); });
}

void job_admission::plan(const job_id& id, const recognitions& known) {
  auto& job = under_way_.at(id);
  job.known = known;
  const auto to_send = context_.jobs.to_send(id, known);
  std::vector<picture> pictures;
  pictures.reserve(to_send.size());
  for (const auto i : to_send)
    pictures.push_back(job.spec->pictures[i]);
  for (const auto& range : vision::plan_calls(pictures, context_.setup.calls)) {
    const auto first = to_send.begin() + static_cast<std::ptrdiff_t>(range.first);
    job.calls.emplace_back(first, first + static_cast<std::ptrdiff_t>(range.count));
  }
  if (!context_.jobs.has_room(job.calls.size(), 0))
    return refuse(id, queue_full());
  context_.jobs.plan(id, known, job.calls);
  if (job.calls.empty())
    commit(id);
  else
    ask_breaker(id);
}

void job_admission::ask_breaker(const job_id& id) {
  context_.self->request(context_.setup.breaker, actor_timeout, status_atom::value)
      .then(
          [this, id](const breaker_status& status) {
            if (status.mode == breaker_mode::open)
              refuse(id, refusal(ec::breaker_open, "the engine is failing; the circuit breaker is open",
                                 status.retry_after));
            else
              reserve(id);
          },
          [this, id](const caf::error&) { refuse(id, refusal(ec::internal, "the breaker did not answer", {})); });
}

void job_admission::reserve(const job_id& id) {
  const auto calls = static_cast<std::uint32_t>(under_way_.at(id).calls.size());
  context_.self->request(context_.setup.limiter, actor_timeout, reserve_atom::value, std::uint32_t{1}, calls)
      .then(
          [this, id](const admission& answer) {
            if (!answer.granted())
              return refuse_for_limit(id, answer);
            under_way_.at(id).granted = answer;
            commit(id);
          },
          [this, id](const caf::error&) { refuse(id, refusal(ec::internal, "the rate limiter did not answer", {})); });
}

void job_admission::commit(const job_id& id) {
  const auto& job = under_way_.at(id);
  store::accept_job t;
  t.id = id;
  const auto accepted_at = t.at = job.calls.empty() ? context_.now() : job.granted.at;
  t.spec = job.spec;
  t.pictures_from_cache = static_cast<std::uint32_t>(job.spec->pictures.size());
  for (std::uint32_t i = 0; i < job.calls.size(); ++i) {
    t.pictures_from_cache -= static_cast<std::uint32_t>(job.calls[i].size());
    t.calls.push_back({job.calls[i], job.granted.first + i});
  }
  for (std::uint32_t i = 0; i < job.known.size(); ++i)
    if (job.known[i])
      t.known.emplace_back(i, job.known[i]);
  context_.self->request(context_.setup.store, store_timeout, commit_atom::value, unit_of({std::move(t)}))
      .then([this, id, accepted_at](const verdicts&) { accept(id, accepted_at); },
            [this, id](const caf::error& e) {
              if (e == caf::sec::request_timeout)
                disown(id);
              else
                give_back(id);
              refuse_for_store(id);
            });
}

void job_admission::accept(const job_id& id, timestamp accepted_at) {
  auto job = take(id);
  log::info("job_accepted", {{"job_id", id}, {"images", job.spec->pictures.size()}, {"calls", job.calls.size()}});
  const auto calls = context_.jobs.confirm(accepted_at, id, job.granted.first);
  submission s;
  s.id = id;
  if (calls.empty()) {
    s.status = job_status::completed;
    return endings_.end(id, {}, [s, job = std::move(job)]() mutable { deliver(job, s); });
  }
  s.usage = job.granted.usage;
  deliver(job, s);
  for (const auto& call : calls)
    calls_.dispatch(call);
}

void job_admission::deliver(candidate& job, submission s) {
  job.first.deliver(s);
  s.identical = true;
  for (auto& same : job.identical)
    same.deliver(s);
}

/// The store said no: the windows take back what the job had reserved.
void job_admission::give_back(const job_id& id) {
  if (const auto& granted = under_way_.at(id).granted; granted.calls != 0)
    context_.self->send(context_.setup.limiter, revoke_atom::value, granted);
}

/// The store did not answer: the job may yet become durable. Its spend stays spent, and the job is ended at once.
void job_admission::disown(const job_id& id) {
  std::vector<store::transaction> unit;
  const auto now = context_.now();
  const auto& granted = under_way_.at(id).granted;
  for (std::uint32_t i = 0; i < granted.calls; ++i)
    unit.emplace_back(store::settle_spend{granted.first + i, now});
  unit.emplace_back(store::end_job{{id, job_status::cancelled, std::nullopt, now, now, "not accepted"}});
  unit.emplace_back(store::forget_job{id});
  store_.commit(unit_of(std::move(unit)));
}

void job_admission::refuse_for_limit(const job_id& id, const admission& answer) {
  auto s = answer.refused == ec::job_too_large
               ? refusal(ec::job_too_large,
                         "the job needs " + std::to_string(answer.calls) + " calls, and a day's limit is " +
                             std::to_string(answer.usage.day.limit) + ": split the job",
                         std::nullopt)
               : refusal(ec::rate_limited, "the limit of the " + std::string{answer.window} + " is reached",
                         answer.retry_after);
  s.usage = answer.usage;
  refuse(id, s);
}

void job_admission::refuse_for_store(const job_id& id) {
  refuse(id, refusal(ec::store_unavailable, "the store cannot take new work", std::chrono::seconds{5}));
}

void job_admission::refuse(const job_id& id, const submission& s) {
  auto job = take(id);
  context_.jobs.abandon(id);
  log::info("job_refused", {{"reason", to_string(s.refused)}, {"images", job.spec->pictures.size()}});
  job.first.deliver(s);
  for (auto& same : job.identical)
    same.deliver(s);
}

job_admission::candidate job_admission::take(const job_id& id) {
  return std::move(under_way_.extract(id).mapped());
}

} // namespace glyphgate
