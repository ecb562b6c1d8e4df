#pragma once

#include "core/config.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace glyphgate::http {

/// How many bytes of request bodies the process holds, from their header on until nobody needs their pictures there any
/// more. Thread-safe.
class memory_budget {
public:
  /// A body that holds no more is a small one.
  static constexpr std::uint64_t small_body = 256 * 1024;

  /// `reserve` of it is for small bodies only: a few large ones that do not get on stop nobody who has little to send.
  explicit memory_budget(std::uint64_t limit, std::uint64_t reserve = 0) : limit_{limit}, reserve_{reserve} {}

  /// Takes `more` for a body that holds `held`.
  bool take(std::uint64_t held, std::uint64_t more) {
    const auto bound = held + more <= small_body ? limit_ : limit_ - reserve_;
    if (used_.fetch_add(more) + more <= bound)
      return true;
    used_ -= more;
    return false;
  }
  void give_back(std::uint64_t bytes) { used_ -= bytes; }
  std::uint64_t used() const { return used_; }
  std::uint64_t limit() const { return limit_; }

private:
  const std::uint64_t limit_;
  const std::uint64_t reserve_;
  std::atomic<std::uint64_t> used_{0};
};

/// The budget of those settings. A sixteenth of it is reserved, as far as the largest body leaves that.
inline std::shared_ptr<memory_budget> make_body_budget(const http_config& settings) {
  constexpr std::uint64_t mib = 1024 * 1024;
  const auto limit = settings.max_inflight_mb * mib;
  return std::make_shared<memory_budget>(limit, std::min(limit / 16, limit - settings.max_body_mb * mib));
}

/// One body's share of the budget, given back with it.
class memory_share {
public:
  memory_share() = default;
  explicit memory_share(std::shared_ptr<memory_budget> budget) : budget_{std::move(budget)} {}
  memory_share(memory_share&& other) noexcept : memory_share{} { swap(other); }
  memory_share& operator=(memory_share&& other) noexcept {
    memory_share moved{std::move(other)};
    swap(moved);
    return *this;
  }
  ~memory_share() {
    if (budget_)
      budget_->give_back(bytes_);
  }

  /// False when the budget does not have that many more; the share stays as it was then.
  bool grow(std::uint64_t bytes) {
    if (budget_ && !budget_->take(bytes_, bytes))
      return false;
    bytes_ += bytes;
    return true;
  }

  /// Gives back so many of its bytes.
  void shrink(std::uint64_t bytes) {
    if (budget_)
      budget_->give_back(bytes);
    bytes_ -= bytes;
  }

  std::uint64_t bytes() const { return bytes_; }

private:
  void swap(memory_share& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(bytes_, other.bytes_);
  }

  std::shared_ptr<memory_budget> budget_;
  std::uint64_t bytes_ = 0;
};

} // namespace glyphgate::http
