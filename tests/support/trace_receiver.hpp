#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace glyphgate {

/// A collector of traces: an HTTP server on a free port of this machine, which keeps what is posted to it. It takes one
/// connection at a time, one request on each.
class trace_receiver {
public:
  struct post {
    /// Request line and header.
    std::string head;
    std::string body;
  };

  /// The status to answer the request of that number, from 0; 0 answers nothing and keeps the connection open.
  using script = std::function<int(std::size_t)>;

  explicit trace_receiver(script answers = [](std::size_t) { return 200; }) : answers_{std::move(answers)} {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error{"cannot listen"};
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this] { run(); }};
  }
  ~trace_receiver() {
    ending_ = true;
    thread_.join();
    ::close(listener_);
    for (const int socket : kept_)
      ::close(socket);
  }
  trace_receiver(const trace_receiver&) = delete;
  trace_receiver& operator=(const trace_receiver&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  std::vector<post> posts() const {
    const std::lock_guard lock{mutex_};
    return posts_;
  }

private:
  bool readable(int socket) const {
    while (!ending_) {
      pollfd waiting{socket, POLLIN, 0};
      if (::poll(&waiting, 1, 20) > 0)
        return true;
    }
    return false;
  }

  void run() {
    while (readable(listener_)) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket >= 0 && !serve(socket))
        ::close(socket);
    }
  }

  /// True where the connection is to be kept open.
  bool serve(int socket) {
    std::string text;
    std::size_t body_at = std::string::npos;
    std::size_t length = 0;
    while (body_at == std::string::npos || text.size() < body_at + length) {
      char buffer[16384];
      const auto count = readable(socket) ? ::recv(socket, buffer, sizeof buffer, 0) : 0;
      if (count <= 0)
        return false;
      text.append(buffer, static_cast<std::size_t>(count));
      const auto end = text.find("\r\n\r\n");
      if (body_at == std::string::npos && end != std::string::npos) {
        body_at = end + 4;
        const auto field = text.find("Content-Length: ");
        length = field < end ? std::stoul(text.substr(field + 16)) : 0;
      }
    }
    std::size_t number = 0;
    {
      const std::lock_guard lock{mutex_};
      number = posts_.size();
      posts_.push_back({text.substr(0, body_at), text.substr(body_at, length)});
    }
    const int status = answers_(number);
    if (status == 0) {
      kept_.push_back(socket);
      return true;
    }
    const auto answer = "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    ::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL);
    return false;
  }

  script answers_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> ending_ = false;
  mutable std::mutex mutex_;
  std::vector<post> posts_;
  /// The thread's.
  std::vector<int> kept_;
  std::thread thread_;
};

} // namespace glyphgate
