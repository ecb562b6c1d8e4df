#pragma once

#include "http/wire/answer_budget.hpp"
#include "http/wire/body_source.hpp"
#include "http/wire/channel.hpp"
#include "http/wire/rendered_output.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <system_error>

namespace glyphgate::http {

/// An answer whose body is made while it is sent: its next piece is made when the one before has left. Used on the I/O
/// thread only.
class answer_stream {
public:
  struct parts {
    restinio::response_builder_t<rendered_output> out;
    std::shared_ptr<channel> to;
    std::shared_ptr<body_source> body;
    /// For `body_source::held`.
    std::shared_ptr<answer_budget::place> place;
    /// Status line and header.
    std::string head;
    bool chunked = true;
    /// Whether the connection goes on after it.
    bool keep = true;
  };
  using written = std::function<void(const std::error_code&)>;

  explicit answer_stream(parts p);

  void next(body_source::piece_taker done) { parts_.body->next(std::move(done)); }

  /// Writes a piece; an empty one is the last. `then` is called once, when it has left or cannot.
  void write(const std::string& piece, written then);

  /// There will be no more.
  void cut_off() { parts_.to->cut_off(); }

  /// Bytes of the body so far.
  std::uint64_t sent() const { return sent_; }

private:
  parts parts_;
  std::uint64_t sent_ = 0;
  bool begun_ = false;
};

} // namespace glyphgate::http
