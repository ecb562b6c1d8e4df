#include "http/traces/tracer.hpp"

#include "http/traces/traceparent.hpp"
#include "http/wire/contained.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace glyphgate::http {

namespace {

constexpr std::array<std::string_view, 7> not_traced{"/",        "/livez", "/readyz",      "/health",
                                                     "/metrics", "/docs",  "/openapi.json"};

} // namespace

template <class Bytes>
Bytes tracer::id_source::next() {
  Bytes bytes{};
  // All 0 is no id.
  while (std::ranges::all_of(bytes, [](auto byte) { return byte == 0; }))
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint64_t)) {
      const std::uint64_t number = random_();
      std::memcpy(bytes.data() + at, &number, sizeof number);
    }
  return bytes;
}

tracer::tracer(std::shared_ptr<span_exporter> exporter, observer_ptr next_observer,
               std::shared_ptr<request_watcher> next_watcher)
    : exporter_{std::move(exporter)},
      next_observer_{std::move(next_observer)},
      next_watcher_{std::move(next_watcher)} {}

request_span tracer::arrived(const request& r, std::string_view route) noexcept {
  request_span made;
  if (std::ranges::count(not_traced, route) != 0)
    return made;
  const auto from = traceparent_of(r);
  if (from && !from->sampled)
    return made;
  if (from) {
    made.own.trace = from->at.trace;
    made.parent = from->at.span;
  } else {
    made.own.trace = request_ids_.next<decltype(made.own.trace)>();
  }
  made.own.span = request_ids_.next<decltype(made.own.span)>();
  return made;
}

void tracer::answered(const finished_request& r) noexcept {
  next_watcher_->answered(r);
  if (!r.span.own.is_there())
    return;
  const auto now = system::now();
  exporter_->push({r.span.own, r.span.parent, now - std::chrono::duration_cast<system::duration>(r.took), now,
                   request_span_facts{r.method, r.route, r.status, r.received, r.sent}});
}

void tracer::committed(std::span<const transaction> all, const verdicts& decided, elapsed took) noexcept {
  next_observer_->committed(all, decided, took);
  contained("traces_failed", [&] {
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (decided[i] != verdict::applied)
        continue;
      if (const auto* accepted = std::get_if<accept_job>(&all[i]))
        begin(*accepted);
      else if (const auto* ended = std::get_if<end_job>(&all[i]))
        end(*ended);
    }
  });
}

void tracer::commit_failed(elapsed took) noexcept {
  next_observer_->commit_failed(took);
}

void tracer::begin(const accept_job& t) {
  const auto& posted = t.spec->trace;
  if (!posted.is_there())
    return;
  const std::lock_guard lock{mutex_};
  if (jobs_.size() >= most_jobs)
    return;
  open_job job;
  job.own = {posted.trace, ids_.next<decltype(posted.span)>()};
  job.parent = posted.span;
  job.begin = system::now();
  job.images = t.spec->pictures.size();
  jobs_.insert_or_assign(t.id, job);
}

void tracer::end(const end_job& t) {
  std::optional<open_job> job;
  {
    const std::lock_guard lock{mutex_};
    if (auto node = jobs_.extract(t.end.id))
      job = node.mapped();
  }
  if (job)
    exporter_->push({job->own, job->parent, job->begin, system::now(), job_span_facts{t.end.status, job->images}});
}

void tracer::call_ended(const planned_call& call, const call_outcome& outcome, elapsed took) noexcept {
  next_observer_->call_ended(call, outcome, took);
  contained("traces_failed", [&] {
    std::vector<trace_context> aboard;
    trace_context own;
    {
      const std::lock_guard lock{mutex_};
      for (const auto& share : *call.shares)
        if (const auto job = jobs_.find(share.job); job != jobs_.end())
          aboard.push_back(job->second.own);
      own.span = ids_.next<decltype(own.span)>();
    }
    if (aboard.empty())
      return;
    const auto first = aboard.front();
    aboard.erase(aboard.begin());
    own.trace = first.trace;
    const auto now = system::now();
    exporter_->push({own, first.span, now - std::chrono::duration_cast<system::duration>(took), now,
                     call_span_facts{outcome_name(outcome), std::holds_alternative<call_failure>(outcome), call.attempt,
                                     call.pictures.size(), std::move(aboard)}});
  });
}

} // namespace glyphgate::http
