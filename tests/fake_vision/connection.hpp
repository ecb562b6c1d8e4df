#pragma once

#include "fake_vision/certificate.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace glyphgate::fake {

/// A client's connection, blocking; plain, or TLS when the client begins with that. Used on one thread, but for
/// `interrupt`. A failed connection reads and writes nothing more.
class connection {
public:
  /// Owns `socket`.
  connection(int socket, SSL_CTX* context);
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Finds out whether it is TLS and shakes hands; false when the client does not come that far.
  bool open();
  /// Some bytes, at least one; 0 at the end.
  std::size_t read(char* to, std::size_t capacity);
  bool write(std::string_view bytes);
  /// Whether the client is still there after `wait`.
  bool is_alive_after(std::chrono::milliseconds wait) const;
  /// Makes the close a reset.
  void reset_on_close();
  /// Ends every read and write; from any thread.
  void interrupt();

private:
  const int socket_;
  SSL_CTX* const context_;
  openssl_ptr<SSL> session_;
};

struct request {
  std::string method;
  /// Without the query.
  std::string path;
  /// Names in lower case.
  std::map<std::string, std::string> headers;
  std::string body;
  /// Whether all of the body came.
  bool complete = true;
  /// The body's size, also of one that was too long to keep.
  std::size_t body_bytes = 0;

  std::string header(const std::string& name) const;
};

/// Reads requests one after another (HTTP/1.1 with Content-Length).
class request_reader {
public:
  request_reader(connection& from, std::size_t max_body) : from_{from}, max_body_{max_body} {}

  /// The next request's head; false when there is none.
  bool read_head(request& to);
  /// Its body; keeps no more than the limit and sets `complete` false when the client goes away.
  void read_body(request& to);

private:
  connection& from_;
  const std::size_t max_body_;
  /// Read and not yet used.
  std::string buffer_;
};

} // namespace glyphgate::fake
