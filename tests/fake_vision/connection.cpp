#include "fake_vision/connection.hpp"

#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace glyphgate::fake {

namespace {

constexpr std::size_t max_head = 64 * 1024;
constexpr char tls_handshake = 0x16;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos)
    return {};
  return std::string{text.substr(first, text.find_last_not_of(" \t") - first + 1)};
}

} // namespace

connection::connection(int socket, SSL_CTX* context) : socket_{socket}, context_{context} {}

connection::~connection() {
  session_.reset();
  ::close(socket_);
}

bool connection::open() {
  char first = 0;
  if (::recv(socket_, &first, 1, MSG_PEEK) != 1)
    return false;
  if (first != tls_handshake)
    return true;
  session_.reset(SSL_new(context_));
  SSL_set_fd(session_.get(), socket_);
  const bool done = SSL_accept(session_.get()) == 1;
  ERR_clear_error();
  return done;
}

std::size_t connection::read(char* to, std::size_t capacity) {
  if (!session_)
    return static_cast<std::size_t>(std::max<ssize_t>(0, ::recv(socket_, to, capacity, 0)));
  std::size_t count = 0;
  if (SSL_read_ex(session_.get(), to, capacity, &count) != 1)
    count = 0;
  ERR_clear_error();
  return count;
}

bool connection::write(std::string_view bytes) {
  while (!bytes.empty()) {
    std::size_t count = 0;
    if (session_) {
      if (SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &count) != 1)
        count = 0;
      ERR_clear_error();
    } else {
      count = static_cast<std::size_t>(std::max<ssize_t>(0, ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL)));
    }
    if (count == 0)
      return false;
    bytes.remove_prefix(count);
  }
  return true;
}

bool connection::is_alive_after(std::chrono::milliseconds wait) const {
  pollfd state{socket_, POLLRDHUP, 0};
  return ::poll(&state, 1, static_cast<int>(wait.count())) == 0;
}

void connection::reset_on_close() {
  const linger at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void connection::interrupt() {
  ::shutdown(socket_, SHUT_RDWR);
}

std::string request::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string{} : found->second;
}

bool request_reader::read_head(request& to) {
  constexpr std::string_view blank_line = "\r\n\r\n";
  auto end = buffer_.find(blank_line);
  while (end == std::string::npos) {
    char bytes[16 * 1024];
    const auto count = buffer_.size() > max_head ? 0 : from_.read(bytes, sizeof bytes);
    if (count == 0)
      return false;
    buffer_.append(bytes, count);
    end = buffer_.find(blank_line);
  }
  std::string_view head{buffer_.data(), end};
  const auto take_line = [&] {
    const auto line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(std::min(line.size() + 2, head.size()));
    return line;
  };

  const auto first = take_line();
  const auto space = first.find(' '), second = first.find(' ', space + 1);
  if (space == std::string_view::npos || second == std::string_view::npos)
    return false;
  to = {};
  to.method = first.substr(0, space);
  const auto target = first.substr(space + 1, second - space - 1);
  to.path = target.substr(0, target.find('?'));
  while (!head.empty()) {
    const auto line = take_line();
    const auto colon = std::min(line.find(':'), line.size());
    to.headers[lower(std::string{line.substr(0, colon)})] = trimmed(line.substr(std::min(colon + 1, line.size())));
  }
  buffer_.erase(0, end + blank_line.size());
  return true;
}

void request_reader::read_body(request& to) {
  const auto length = std::strtoull(to.header("content-length").c_str(), nullptr, 10);
  if (lower(to.header("expect")) == "100-continue")
    from_.write("HTTP/1.1 100 Continue\r\n\r\n");
  to.body_bytes = std::min<std::size_t>(buffer_.size(), length);
  to.body.reserve(std::min<std::size_t>(length, max_body_));
  to.body = buffer_.substr(0, std::min(to.body_bytes, max_body_));
  buffer_.erase(0, to.body_bytes);
  std::string block(256 * 1024, '\0');
  while (to.body_bytes < length) {
    const auto count = from_.read(block.data(), std::min<std::size_t>(block.size(), length - to.body_bytes));
    if (count == 0)
      break;
    to.body_bytes += count;
    to.body.append(block, 0, std::min(count, max_body_ - to.body.size()));
  }
  to.complete = to.body_bytes == length;
}

} // namespace glyphgate::fake
