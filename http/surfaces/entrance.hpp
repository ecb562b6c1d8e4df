#pragma once

#include "core/keys/live_keys.hpp"
#include "http/wire/request.hpp"
#include "http/wire/visitor.hpp"

#include <cstdint>
#include <memory>
#include <utility>

namespace glyphgate::http {

/// Who may use a path, where the service has keys.
enum class access : std::uint8_t {
  /// Everybody, known or not. A key is not looked at.
  everybody,
  /// The same, and a body is taken: the request shows a secret of its own.
  everybody_with_body,
  /// Everybody, but those with a key get more.
  more_with_key,
  /// Those with a key.
  with_key,
};

/// Decides who comes in, by the API keys in force. Where there are none, everybody does. Thread-safe.
class entrance {
public:
  explicit entrance(std::shared_ptr<const live_keys> keys) : keys_{std::move(keys)} {}

  /// Who asks, or why that is refused: 401, or 400 for two keys at once. A body is taken only from who has a key.
  /// `key_in_query`: whether the query may hold it.
  admittance admit(const request& r, access to, bool key_in_query) const;

private:
  const std::shared_ptr<const live_keys> keys_;
};

} // namespace glyphgate::http
