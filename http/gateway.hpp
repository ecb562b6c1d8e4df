#pragma once

#include "core/circuit_breaker.hpp"
#include "core/error.hpp"
#include "core/job.hpp"
#include "core/rate_limiter.hpp"
#include "core/registry/job_table.hpp"
#include "core/submission.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <variant>

namespace glyphgate::http {

/// What the service tells of itself, gathered from every actor at about one instant.
struct service_report {
  timestamp taken_at;
  breaker_status breaker;
  registry_stats jobs;
  std::uint64_t calls_waiting = 0;
  std::uint64_t calls_running = 0;
  std::uint64_t queue_capacity = 0;
  glyphgate::usage usage;
  /// The store's latest commit succeeded.
  bool store_works = true;
};

/// A reply, or why there is none.
template <class T>
using reply = std::function<void(std::variant<T, ec>)>;

/// The HTTP side's door to the actors. Every call returns at once; its reply comes exactly once, from any thread,
/// within a bounded time. Thread-safe.
class gateway {
public:
  virtual ~gateway() = default;

  virtual void submit(std::shared_ptr<const job_spec> spec, std::function<void(const submission&)> done) = 0;
  /// ec::job_not_found when there is no such job.
  virtual void get(job_id id, reply<std::shared_ptr<const job_view>> done) = 0;
  /// Replies when the job ends, or after `at_most` with the job as it is then.
  virtual void wait(job_id id, duration at_most, reply<std::shared_ptr<const job_view>> done) = 0;
  /// Cancels a job that has not ended, forgets one that has.
  virtual void cancel(job_id id, reply<std::monostate> done) = 0;
  virtual void list(job_filter filter, reply<std::shared_ptr<const job_page>> done) = 0;
  virtual void usage(reply<glyphgate::usage> done) = 0;
  virtual void report(reply<service_report> done) = 0;
};

} // namespace glyphgate::http
