#pragma once

#include "support/exchange_record.hpp"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace glyphgate {

/// An answer as the test's client read it.
struct http_answer {
  int status = 0;
  header_fields headers;
  std::string body;

  /// The field's values joined with ", "; empty when there is none. `name` is in lower case.
  std::string header(std::string_view name) const {
    std::string values;
    for (const auto& [key, value] : headers)
      if (key == name)
        values += (values.empty() ? "" : ", ") + value;
    return values;
  }
};

/// How long a test waits for what must happen: longer than the slowest machine needs, with sanitizers in every process
/// and other tests beside it. Nothing that passes waits for its end.
constexpr std::chrono::seconds test_patience{120};

/// A connection to a server on this machine, for tests that look at every byte. Throws std::runtime_error when the
/// server does not do its part in time.
class http_connection {
public:
  explicit http_connection(std::uint16_t port, std::chrono::milliseconds patience = test_patience)
      : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)},
        patience_{patience} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (socket_ < 0 || ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      const int error = errno;
      if (socket_ >= 0)
        ::close(socket_);
      throw std::system_error{error, std::generic_category(), "connect"};
    }
  }
  ~http_connection() {
    if (socket_ >= 0)
      ::close(socket_);
  }
  http_connection(http_connection&& other) noexcept
      : socket_{std::exchange(other.socket_, -1)},
        patience_{other.patience_},
        input_{std::move(other.input_)},
        record_{other.record_},
        requests_{std::move(other.requests_)} {}
  http_connection(const http_connection&) = delete;
  http_connection& operator=(const http_connection&) = delete;

  /// False when the server has closed the connection meanwhile.
  bool send(std::string_view bytes) {
    if (record_ != nullptr)
      requests_.sent(bytes);
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR)
        continue;
      if (sent <= 0)
        return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// No more will be sent.
  void finish_sending() { ::shutdown(socket_, SHUT_WR); }

  /// Whether all that was sent has reached the server's machine, read or not.
  bool delivered() const {
    int missing = 0;
    return ::ioctl(socket_, SIOCOUTQ, &missing) == 0 && missing == 0;
  }

  /// Leaves at once, which the server sees as a broken connection. Nothing else may follow.
  void reset() {
    const linger none{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    ::close(std::exchange(socket_, -1));
  }

  /// Reads one answer, an interim one too. `without_body` for answers to HEAD.
  http_answer read(bool without_body = false) {
    const auto deadline = std::chrono::steady_clock::now() + patience_;
    std::size_t end;
    while ((end = input_.find("\r\n\r\n")) == std::string::npos)
      receive(deadline);
    http_answer answer;
    parse_head(std::string_view{input_}.substr(0, end + 2), answer);
    input_.erase(0, end + 4);
    const bool bodiless = without_body || answer.status < 200 || answer.status == 204 || answer.status == 304;
    if (!bodiless && answer.header("transfer-encoding") == "chunked") {
      for (auto chunk = take_chunk(deadline); !chunk.empty(); chunk = take_chunk(deadline))
        answer.body += chunk;
    } else if (!bodiless) {
      answer.body = take(std::strtoull(answer.header("content-length").c_str(), nullptr, 10), deadline);
    }
    if (answer.status >= 200)
      write_down(answer);
    return answer;
  }

  /// Waits until the server closes, and returns whatever it sent until then.
  std::string read_to_end() {
    const auto deadline = std::chrono::steady_clock::now() + patience_;
    while (receive_some(deadline)) {
    }
    return std::exchange(input_, {});
  }

  /// Whether the server closes the connection without another byte.
  bool is_closed() { return read_to_end().empty(); }

  /// Whether something arrives within that time.
  bool has_input_within(std::chrono::milliseconds time) {
    pollfd waiting{socket_, POLLIN, 0};
    return !input_.empty() || ::poll(&waiting, 1, static_cast<int>(time.count())) > 0;
  }

private:
  // False at the end of the stream.
  bool receive_some(std::chrono::steady_clock::time_point deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd waiting{socket_, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) == 0)
      throw std::runtime_error{"the server neither answered nor closed in time"};
    char buffer[16384];
    const auto size = ::recv(socket_, buffer, sizeof buffer, 0);
    if (size > 0)
      input_.append(buffer, static_cast<std::size_t>(size));
    return size > 0;
  }

  void receive(std::chrono::steady_clock::time_point deadline) {
    if (!receive_some(deadline))
      throw std::runtime_error{"the server closed the connection before the answer was complete"};
  }

  std::string take(std::size_t size, std::chrono::steady_clock::time_point deadline) {
    while (input_.size() < size)
      receive(deadline);
    auto bytes = input_.substr(0, size);
    input_.erase(0, size);
    return bytes;
  }

  // Empty is the last one.
  std::string take_chunk(std::chrono::steady_clock::time_point deadline) {
    std::size_t end;
    while ((end = input_.find("\r\n")) == std::string::npos)
      receive(deadline);
    const auto size = std::strtoull(take(end + 2, deadline).c_str(), nullptr, 16);
    auto chunk = take(size, deadline);
    if (take(2, deadline) != "\r\n")
      throw std::runtime_error{"a chunk does not end where it should"};
    return chunk;
  }

  void write_down(const http_answer& answer) {
    sent_requests::line asked;
    if (record_ != nullptr && requests_.next(asked))
      record_->add(asked.method, asked.target, answer.status, answer.headers, answer.body);
  }

  static void parse_head(std::string_view head, http_answer& answer) {
    const auto first = head.find("\r\n");
    answer.status = std::atoi(std::string{head.substr(9, 3)}.c_str());
    head.remove_prefix(first + 2);
    while (!head.empty()) {
      const auto line = head.substr(0, head.find("\r\n"));
      head.remove_prefix(line.size() + 2);
      const auto colon = line.find(": ");
      std::string name{line.substr(0, colon)};
      for (auto& c : name)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      answer.headers.emplace_back(std::move(name), std::string{line.substr(colon + 2)});
    }
  }

  int socket_;
  std::chrono::milliseconds patience_;
  std::string input_;
  exchange_record* record_ = exchange_record::get();
  sent_requests requests_;
};

/// A request's bytes; Host and Content-Length are added. `headers` are lines with their ends.
inline std::string http_request(std::string_view method, std::string_view target, std::string_view headers = {},
                                std::string_view body = {}) {
  std::string bytes;
  bytes.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: test\r\n").append(headers);
  if (!body.empty() || method == "POST")
    bytes.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  return bytes.append("\r\n").append(body);
}

/// One request on a connection of its own.
inline http_answer http_call(std::uint16_t port, std::string_view method, std::string_view target,
                             std::string_view headers = {}, std::string_view body = {}) {
  http_connection connection{port};
  connection.send(http_request(method, target, headers, body));
  return connection.read(method == "HEAD");
}

/// The job's own answer when it has ended, however slow the machine is, or the answer that there is no such job.
/// Throws std::runtime_error when it has not ended within five minutes.
inline http_answer ended_job(std::uint16_t port, const std::string& location) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{5};
  http_connection connection{port};
  do {
    connection.send(http_request("GET", location + "?wait=30"));
    auto answer = connection.read();
    if (answer.body.find("\"status\":\"pending\"") == std::string::npos &&
        answer.body.find("\"status\":\"processing\"") == std::string::npos)
      return answer;
  } while (std::chrono::steady_clock::now() < deadline);
  throw std::runtime_error{location + " has not ended in time"};
}

} // namespace glyphgate
