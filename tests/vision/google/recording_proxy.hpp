#pragma once

#include "core/file_descriptor.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdlib>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace glyphgate::vision::test {

/// An environment variable's value while this lives; none where that is null. Other threads must not look meanwhile.
class scoped_variable {
public:
  scoped_variable(const char* name, const char* value) : name_{name} {
    if (const auto* was = std::getenv(name))
      before_ = was;
    set(value);
  }
  ~scoped_variable() { set(before_ ? before_->c_str() : nullptr); }
  scoped_variable(const scoped_variable&) = delete;
  scoped_variable& operator=(const scoped_variable&) = delete;

private:
  void set(const char* value) const { value == nullptr ? ::unsetenv(name_) : ::setenv(name_, value, 1); }

  const char* name_;
  std::optional<std::string> before_;
};

/// A proxy that notes the head of each request and refuses it. While it lives, the environment names it for all.
class recording_proxy {
public:
  recording_proxy() : listening_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (::bind(listening_.get(), generic, size) != 0 || ::listen(listening_.get(), 16) != 0 ||
        ::getsockname(listening_.get(), generic, &size) != 0)
      throw std::system_error{errno, std::generic_category(), "a proxy's socket"};
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    for (const auto* name : {"http_proxy", "https_proxy", "all_proxy"})
      variables_.push_back(std::make_unique<scoped_variable>(name, url_.c_str()));
    for (const auto* name : {"no_proxy", "NO_PROXY"})
      variables_.push_back(std::make_unique<scoped_variable>(name, nullptr));
    serving_ = std::thread{[this] { serve(); }};
  }

  ~recording_proxy() {
    ::shutdown(listening_.get(), SHUT_RDWR);
    serving_.join();
  }
  recording_proxy(const recording_proxy&) = delete;
  recording_proxy& operator=(const recording_proxy&) = delete;

  /// The requests so far, whole heads.
  std::vector<std::string> seen() {
    const std::lock_guard lock{mutex_};
    return seen_;
  }

private:
  void serve() {
    for (;;) {
      const file_descriptor client{::accept(listening_.get(), nullptr, nullptr)};
      if (!client.is_open())
        return;
      std::string head;
      char some[4096];
      while (head.find("\r\n\r\n") == std::string::npos) {
        const auto n = ::recv(client.get(), some, sizeof some, 0);
        if (n <= 0)
          break;
        head.append(some, static_cast<std::size_t>(n));
      }
      const std::lock_guard lock{mutex_};
      seen_.push_back(std::move(head));
      constexpr std::string_view answer = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
      ::send(client.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
    }
  }

  file_descriptor listening_;
  std::string url_;
  std::vector<std::unique_ptr<scoped_variable>> variables_;
  std::mutex mutex_;
  std::vector<std::string> seen_;
  std::thread serving_;
};

} // namespace glyphgate::vision::test
