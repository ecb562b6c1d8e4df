#include "app/run_service.hpp"

#include "app/idle_exit.hpp"
#include "app/service.hpp"
#include "app/service_clock.hpp"
#include "app/stop_signals.hpp"
#include "core/log.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
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
                std::shared_ptr<const vision::engine_provider> engines) {
  // A write beyond a file-size limit, or to a client that left, is an error to handle, not an end.
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  stop_signals stop;
  const auto name = std::string{engines->name()};
  // Opening it makes the directory, which holds the clock's note too.
  auto store = store::open_sqlite_store({.data_dir = settings.store.data_dir});
  service running{settings,
                  version,
                  std::move(engines),
                  std::move(store),
                  make_service_clock(settings.store.data_dir),
                  [&stop](std::string_view) { stop.request(exit_software); }};
  log::info("started", {{"version", version},
                        {"engine", name},
                        {"host", settings.http.host},
                        {"port", running.port()},
                        {"workers", settings.engine.workers},
                        {"data_dir", settings.store.data_dir}});
  const auto code = wait_for_stop(stop, running, settings.idle_exit);
  log::info("stopping", {{"grace_seconds", settings.shutdown_grace.count()}});
  const auto bound = stop.bound(settings.shutdown_grace + beyond_grace, exit_software);
  running.stop();
  log::info("stopped");
  return code;
}

} // namespace glyphgate
