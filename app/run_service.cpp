#include "app/run_service.hpp"

#include "app/front_door.hpp"
#include "app/idle_exit.hpp"
#include "app/service.hpp"
#include "app/service_clock.hpp"
#include "app/stop_signals.hpp"
#include "core/log.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <utility>

namespace glyphgate {

namespace {

/// As in sysexits.h: something that should work did not.
constexpr int exit_software = 70;
/// What the stages of a stop may take beyond the grace of the running calls.
constexpr std::chrono::seconds beyond_grace{10};

/// Blocks until a stop is asked for, and asks for one when nobody has needed the service for that long, unless that is
/// 0; the exit code.
int wait_for_stop(stop_signals& stop, service& running, std::chrono::seconds idle_exit) {
  if (idle_exit == std::chrono::seconds::zero())
    return stop.wait();
  idle_watch watch{idle_exit, std::chrono::steady_clock::now()};
  for (;;) {
    if (const auto code = stop.wait_until(watch.next_look()))
      return *code;
    const auto begin = std::chrono::steady_clock::now();
    if (watch.look(begin, running.look()) && running.close_if_unused_since(begin)) {
      log::info("idle", {{"seconds", std::chrono::floor<std::chrono::seconds>(watch.idle_time()).count()}});
      stop.request(EXIT_SUCCESS);
    }
  }
}

} // namespace

int run_service(const config& settings, const std::string& version,
                std::shared_ptr<const vision::engine_provider> engines, std::shared_ptr<live_keys> keys) {
  // A write beyond a file-size limit, or to a client that left, is an error to handle, not an end.
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  // Without keys a hangup ends the process, as when its terminal is closed.
  stop_signals stop{keys->get()->empty() ? std::function<void()>{} : [&] { reload_keys(*keys, settings.keys); }};
  const auto name = std::string{engines->name()};
  // Opening it makes the directory, which holds the clock's note too.
  auto store = store::open_sqlite_store(
      {.data_dir = settings.store.data_dir, .accounts_kept = std::chrono::days{settings.store.ledger_retention_days}});
  service running{settings,
                  version,
                  std::move(engines),
                  std::move(store),
                  make_service_clock(settings.store.data_dir),
                  [&stop](std::string_view) { stop.request(exit_software); },
                  keys};
  log::info("started", {{"version", version},
                        {"engine", name},
                        {"host", settings.http.host},
                        {"port", running.port()},
                        {"workers", settings.engine.workers},
                        {"data_dir", settings.store.data_dir}});
  if (running.metrics_port() != 0)
    log::info("metrics", {{"host", settings.metrics.host}, {"port", running.metrics_port()}});
  log::info("limits", {{"jobs_per_minute", settings.limits.jobs_per_minute},
                       {"jobs_per_hour", settings.limits.jobs_per_hour},
                       {"calls_per_minute", settings.limits.calls_per_minute},
                       {"calls_per_hour", settings.limits.calls_per_hour},
                       {"calls_per_day", settings.limits.calls_per_day},
                       {"calls_per_month", settings.limits.calls_per_month},
                       {"budget_per_minute_micro_usd", settings.limits.budget_per_minute},
                       {"budget_per_hour_micro_usd", settings.limits.budget_per_hour},
                       {"budget_per_day_micro_usd", settings.limits.budget_per_day},
                       {"budget_per_month_micro_usd", settings.limits.budget_per_month},
                       {"call_price_micro_usd", settings.google.call_price},
                       {"max_calls_per_job", settings.limits.calls_per_job},
                       {"max_pages_per_job", settings.limits.pages_per_job},
                       {"max_frames_per_job", settings.calls.max_frames},
                       {"max_body_mb", settings.http.max_body_mb},
                       {"max_kept_jobs", settings.jobs.max_kept_jobs}});
  const auto code = wait_for_stop(stop, running, settings.idle_exit);
  log::info("stopping", {{"grace_seconds", settings.shutdown_grace.count()}});
  const auto bound = stop.bound(settings.shutdown_grace + beyond_grace, exit_software);
  running.stop();
  log::info("stopped");
  return code;
}

} // namespace glyphgate
