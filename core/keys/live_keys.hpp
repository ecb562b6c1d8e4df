#pragma once

#include "core/keys/key_ring.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace glyphgate {

/// The keys in force, which may be replaced while requests are answered. Thread-safe.
class live_keys {
public:
  using ring_ptr = std::shared_ptr<const key_ring>;
  using listener = std::function<void(const ring_ptr&)>;

  explicit live_keys(ring_ptr first) : ring_{std::move(first)} {}

  /// Never null.
  ring_ptr get() const {
    const std::lock_guard lock{mutex_};
    return ring_;
  }

  /// From now on these are in force; then each listener is told, on this thread. One call at a time.
  void replace(ring_ptr next) {
    std::vector<listener> told;
    {
      const std::lock_guard lock{mutex_};
      ring_ = next;
      told = listeners_;
    }
    for (const auto& tell : told)
      tell(next);
  }

  /// Has `l` called with every later ring. It stays as long as this does.
  void on_replaced(listener l) {
    const std::lock_guard lock{mutex_};
    listeners_.push_back(std::move(l));
  }

private:
  mutable std::mutex mutex_;
  ring_ptr ring_;
  std::vector<listener> listeners_;
};

} // namespace glyphgate
