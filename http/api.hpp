#pragma once

#include "core/clock.hpp"
#include "core/config.hpp"
#include "http/exchange.hpp"
#include "http/gateway.hpp"
#include "http/json_answers.hpp"
#include "http/memory_budget.hpp"
#include "http/problem.hpp"
#include "http/rate_limit_view.hpp"
#include "http/result_cache.hpp"
#include "vision/engine.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace glyphgate::http {

class decode_pool;

/// The HTTP contract: every path and what it answers. Shared with the callbacks that are under way.
class api : public std::enable_shared_from_this<api> {
public:
  /// `bodies` is what the requests' bodies come out of.
  api(const config& settings, std::shared_ptr<gateway> gate, std::shared_ptr<const vision::engine_provider> engine,
      clock_fn clock, std::string version, std::shared_ptr<const memory_budget> bodies);
  ~api();

  /// Whether the request shows that somebody needs the service. What monitors ask for ever does not, nor does a path
  /// that there is not.
  static bool is_use(const request& r);

  /// Answers the request, now or later. Does not block.
  void handle(const std::shared_ptr<exchange>& ex);

  /// Answers with a refusal of the request.
  void refuse(const std::shared_ptr<exchange>& ex, const problem& why);

  /// From now on /readyz and new jobs are answered with 503. Thread-safe.
  void refuse_new_work() { refusing_ = true; }

  /// Waits for the bodies that are being decoded. No request is handled beside it or afterwards; replies may still
  /// come.
  void stop();

private:
  using exchange_ptr = std::shared_ptr<exchange>;
  using handler = void (api::*)(const exchange_ptr&);

  /// Who asks for a path. Monitors do so for ever, needed or not.
  enum class audience : std::uint8_t { clients, monitors };

  /// What a path answers to GET (and HEAD) and to POST; null where it does not.
  struct path_entry {
    std::string_view path;
    audience asked_by;
    handler get;
    handler post;
  };
  static const path_entry paths[];
  /// Null when there is no such path.
  static const path_entry* find(std::string_view path);

  void route(const exchange_ptr& ex);
  void get_root(const exchange_ptr& ex);
  void get_liveness(const exchange_ptr& ex);
  void get_readiness(const exchange_ptr& ex);
  void get_health(const exchange_ptr& ex);
  void get_usage(const exchange_ptr& ex);
  void post_capacity(const exchange_ptr& ex);
  void list_jobs(const exchange_ptr& ex);
  void submit_job(const exchange_ptr& ex);
  void handle_job(const exchange_ptr& ex, std::string_view id);
  void get_job(const exchange_ptr& ex, job_id id);
  void delete_job(const exchange_ptr& ex, job_id id);

  void decode_and_submit(const exchange_ptr& ex, bool dry_run);
  /// Finds out which of its pictures can be joined as they are, while the job becomes durable; who makes the montage
  /// looks at those that are left.
  void look_ahead(const std::shared_ptr<const job_spec>& job);
  void answer_submission(const exchange_ptr& ex, const submission& s);
  void answer_job(const exchange_ptr& ex, const job_view& job);
  void send_job(const exchange_ptr& ex, const rendered_job& job);
  /// Adds the rate-limit headers where the path has them, and sends the answer.
  void finish(const exchange_ptr& ex, response r);
  /// Does `work`, and answers 500 when it throws: nothing may reach the threads that call in.
  template <class Work>
  void attempt(const exchange_ptr& ex, Work&& work) noexcept;
  /// The gateway's reply as a call of `answer`, or as a refusal.
  template <class T>
  reply<T> answer_with(const exchange_ptr& ex, std::function<void(const T&)> answer);
  /// Gathers what is known of the service until then, and calls `answer` with it.
  void ask_for_report(const exchange_ptr& ex, duration at_most, std::function<void(const service_report&)> answer);
  /// Does `work` on a thread that may take its time.
  void off_the_io_thread(const exchange_ptr& ex, std::function<void()> work);

  const config settings_;
  const std::shared_ptr<const memory_budget> bodies_;
  const std::shared_ptr<gateway> gate_;
  const std::shared_ptr<const vision::engine_provider> engine_;
  const clock_fn clock_;
  const service_identity identity_;
  const response root_;
  const std::shared_ptr<rate_limit_view> windows_;
  result_cache results_;
  std::atomic<bool> refusing_{false};
  std::atomic<bool> stopped_{false};
  std::unique_ptr<decode_pool> pool_;
};

} // namespace glyphgate::http
