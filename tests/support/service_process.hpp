#pragma once

#include "support/http_client.hpp"
#include "support/temporary_directory.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace glyphgate {

/// Asks again and again until it is so; false when the time is over.
inline bool eventually(const std::function<bool()>& is_so, std::chrono::milliseconds patience = test_patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > deadline)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return true;
}

/// A process of the service under test, on a free port, whose log goes to a file. Killed with the object.
class service_process {
public:
  using variables = std::map<std::string, std::string>;

  /// Starts `binary` with the variables on top of a clean environment. PORT is 0 unless given.
  service_process(const std::filesystem::path& binary, const std::filesystem::path& log, const variables& environment,
                  const std::vector<std::string>& arguments = {})
      : log_{log} {
    std::vector<std::string> texts{"PATH=/usr/bin:/bin", "PORT=0"};
    for (const char* kept : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"})
      if (const auto* value = std::getenv(kept))
        texts.push_back(std::string{kept} + "=" + value);
    for (const auto& [name, value] : environment) {
      std::erase_if(texts, [&, &key = name](const auto& t) { return t.starts_with(key + "="); });
      texts.push_back(name + "=" + value);
    }
    std::vector<std::string> words{binary.string()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    auto environment_pointers = pointers(texts);
    auto argument_pointers = pointers(words);
    const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(file, 1);
      dup2(file, 2);
      execve(binary.c_str(), argument_pointers.data(), environment_pointers.data());
      _exit(127);
    }
    close(file);
    if (pid_ < 0)
      throw std::runtime_error{"fork failed"};
  }

  ~service_process() {
    if (!status_) {
      signal(SIGKILL);
      wait();
    }
  }

  service_process(const service_process&) = delete;
  service_process& operator=(const service_process&) = delete;

  pid_t pid() const { return pid_; }

  /// Waits until the service listens; its port. Throws with the log when it ends before.
  std::uint16_t port() {
    if (port_ != 0)
      return port_;
    const bool started = eventually([this] {
      const auto text = log();
      const auto at = text.find(" started ");
      const auto named = at == std::string::npos ? at : text.find("port=", at);
      if (named != std::string::npos && text.find('\n', named) != std::string::npos)
        port_ = static_cast<std::uint16_t>(std::atoi(text.c_str() + named + 5));
      return port_ != 0 || ended();
    });
    if (!started || port_ == 0)
      throw std::runtime_error{"the service did not start:\n" + log()};
    return port_;
  }

  void signal(int number) const { ::kill(pid_, number); }

  bool ended() {
    if (status_)
      return true;
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) != pid_)
      return false;
    status_ = status;
    return true;
  }

  /// Waits for its end; the exit status, or 128 + the signal that ended it, as a shell tells it. Throws with the log
  /// when it does not end.
  int wait() {
    if (!eventually([this] { return ended(); }))
      throw std::runtime_error{"the service did not end:\n" + log()};
    const int s = *status_;
    return WIFEXITED(s) ? WEXITSTATUS(s) : 128 + WTERMSIG(s);
  }

  /// What it wrote to standard output and standard error so far.
  std::string log() const {
    std::ifstream in{log_};
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }

private:
  static std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (auto& text : texts)
      all.push_back(text.data());
    all.push_back(nullptr);
    return all;
  }

  std::filesystem::path log_;
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
  std::optional<int> status_;
};

} // namespace glyphgate
