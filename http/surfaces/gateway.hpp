#pragma once

#include "core/job.hpp"
#include "core/kept_pictures.hpp"
#include "core/limits/rate_limiter.hpp"
#include "core/quote.hpp"
#include "core/registry/job_table.hpp"
#include "core/stop_order.hpp"
#include "core/submission.hpp"
#include "http/answers/reply.hpp"
#include "http/answers/service_report.hpp"

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace glyphgate::http {

/// The HTTP side's door to the actors, shared by all who use it. Every call returns at once; its reply comes exactly
/// once, from any thread, within a bounded time: ec::no_answer where an actor did not answer until then, in which case
/// what was asked for may have taken effect, or may yet. Replies may throw. Thread-safe.
class gateway {
public:
  virtual ~gateway() = default;

  virtual void submit(std::shared_ptr<const job_spec> spec, std::function<void(const submission&)> done) = 0;
  /// What that would be answered, and would cost; changes nothing.
  virtual void quote(std::shared_ptr<const job_spec> spec, reply<glyphgate::quote> done) = 0;
  // A job is there for its owner only.

  /// ec::job_not_found when there is no such job.
  virtual void get(owner_name owner, job_id id, reply<std::shared_ptr<const job_view>> done) = 0;
  /// Replies when the job ends, or after `at_most` with the job as it is then. What it returns ends the wait at once:
  /// the job is replied as it is; it does nothing when there has been a reply.
  virtual std::function<void()> wait(owner_name owner, job_id id, duration at_most,
                                     reply<std::shared_ptr<const job_view>> done) = 0;
  /// The pictures that a job keeps which has ended; null where it keeps none. That it is the asker's must be known.
  virtual void pictures(job_id id, reply<std::shared_ptr<const kept_pictures>> done) = 0;
  /// Cancels a job that has not ended, forgets one that has.
  virtual void cancel(owner_name owner, job_id id, reply<std::monostate> done) = 0;
  virtual void list(job_filter filter, reply<std::shared_ptr<const job_page>> done) = 0;
  /// The limits as that owner is told them; the empty name is who runs the service. For the headers of an answer that
  /// is ready: replies within a second.
  virtual void usage(owner_name whose, reply<limiter_usage> done) = 0;
  /// What each owner used in the quarters of an hour between those times.
  virtual void accounts(timestamp from, timestamp to,
                        reply<std::shared_ptr<const std::vector<account_entry>>> done) = 0;

  /// No more calls to the engine, or again; replies when that is durable.
  virtual void stop_calls(stop_order order, reply<std::monostate> done) = 0;
  virtual void resume_calls(std::string by, reply<std::monostate> done) = 0;
  /// News of the engine's billing, which may stop the calls for that reason, and have new jobs refused.
  virtual void hear_budget(budget_news news, std::string reason, bool refuses_jobs, reply<std::monostate> done) = 0;
  /// Replies after `at_most` at the latest, or half a second later where that is less than half a second.
  virtual void report(duration at_most, std::function<void(const service_report&)> done) = 0;
};

} // namespace glyphgate::http
