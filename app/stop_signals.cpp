#include "app/stop_signals.hpp"

#include "core/log.hpp"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace glyphgate {

namespace {

sigset_t signals_taken(bool hangup) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  if (hangup)
    sigaddset(&set, SIGHUP);
  return set;
}

} // namespace

stop_signals::stop_signals(std::function<void()> on_hangup)
    : on_hangup_{std::move(on_hangup)},
      signals_{-1},
      wake_{eventfd(0, EFD_CLOEXEC)} {
  const auto set = signals_taken(on_hangup_ != nullptr);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_ = signalfd(-1, &set, SFD_CLOEXEC);
  if (signals_ < 0 || wake_ < 0)
    throw std::system_error{errno, std::generic_category(), "signalfd"};
  listener_ = std::jthread{[this] { listen(); }};
}

stop_signals::~stop_signals() {
  eventfd_write(wake_, 1);
  listener_.join();
  close(signals_);
  close(wake_);
}

void stop_signals::listen() {
  for (bool again = false;;) {
    pollfd both[] = {{signals_, POLLIN, 0}, {wake_, POLLIN, 0}};
    if (poll(both, 2, -1) < 0 && errno != EINTR)
      return;
    if (both[1].revents != 0)
      return;
    signalfd_siginfo info{};
    if (read(signals_, &info, sizeof info) != sizeof info)
      return;
    log::info("signal", {{"number", info.ssi_signo}});
    if (info.ssi_signo == SIGHUP) {
      on_hangup_();
      continue;
    }
    if (std::exchange(again, true))
      std::_Exit(128 + static_cast<int>(info.ssi_signo));
    request(EXIT_SUCCESS);
  }
}

void stop_signals::request(int exit_code) {
  const std::lock_guard lock{mutex_};
  if (!requested_)
    requested_ = exit_code;
  changed_.notify_all();
}

int stop_signals::wait() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] { return requested_.has_value(); });
  return *requested_;
}

std::optional<int> stop_signals::wait_until(std::chrono::steady_clock::time_point at_most) {
  std::unique_lock lock{mutex_};
  changed_.wait_until(lock, at_most, [this] { return requested_.has_value(); });
  return requested_;
}

std::jthread stop_signals::bound(std::chrono::seconds at_most, int exit_code) {
  return std::jthread{[at_most, exit_code](const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any over;
    std::unique_lock lock{mutex};
    if (over.wait_for(lock, stop, at_most, [] { return false; }) || stop.stop_requested())
      return;
    log::error("stop_took_too_long");
    std::_Exit(exit_code);
  }};
}

} // namespace glyphgate
