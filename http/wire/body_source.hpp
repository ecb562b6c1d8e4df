#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace glyphgate::http {

/// The body of one answer, made while it is sent: it never lies in memory as a whole.
class body_source {
public:
  /// Takes a piece of any size; an empty one is the end. None says that the body cannot go on: its connection is cut.
  using piece_taker = std::function<void(std::optional<std::string>)>;

  virtual ~body_source() = default;

  /// Makes the next piece. Called on the server's I/O thread, when the piece before has left, and does not block.
  /// `done` is called once, from any thread.
  virtual void next(piece_taker done) = 0;

  /// How many bytes it holds until its end at most, the piece that is being sent included.
  virtual std::size_t held() const = 0;
};

} // namespace glyphgate::http
