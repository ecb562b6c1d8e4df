#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace glyphgate {

/// Bytes that stay where they are for as long as this is kept. Immutable; cheap to copy.
struct held_bytes {
  std::string_view view;
  std::shared_ptr<const void> owner;
};

/// A picture's file as the client sent it. What it holds never changes; where that lies does: in the request's body at
/// first, in the store's payload file once it is durable there. Thread-safe.
class picture_bytes {
public:
  explicit picture_bytes(held_bytes bytes);
  explicit picture_bytes(std::string bytes);

  /// Also after `let_go`.
  std::size_t size() const { return size_; }

  /// The bytes, which stay readable for as long as the result is kept; empty after `let_go`.
  held_bytes hold() const;

  /// The same bytes lie there now. Memory that nobody else holds is free.
  void move_to(held_bytes same);

  /// Nobody will read them any more.
  void let_go() { move_to({}); }

  /// Whether the file may be passed on without being decoded, where somebody has found out.
  std::optional<bool> sound() const;
  void note_sound(bool sound) { sound_ = sound ? 1 : 0; }

private:
  const std::size_t size_;
  std::atomic<std::int8_t> sound_ = -1;
  mutable std::mutex mutex_;
  held_bytes bytes_;
};

/// A picture's bytes, shared by all that hold the picture.
using picture_bytes_ptr = std::shared_ptr<picture_bytes>;

/// Bytes in memory of their own.
picture_bytes_ptr make_picture_bytes(std::string bytes);

} // namespace glyphgate
