#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace glyphgate::http {

/// How many bytes of request bodies the process holds, from their header on until nobody needs their pictures there any
/// more. Thread-safe.
class memory_budget {
public:
  explicit memory_budget(std::uint64_t limit) : limit_{limit} {}

  bool take(std::uint64_t bytes) {
    if (used_.fetch_add(bytes) + bytes <= limit_)
      return true;
    used_ -= bytes;
    return false;
  }
  void give_back(std::uint64_t bytes) { used_ -= bytes; }
  std::uint64_t used() const { return used_; }
  std::uint64_t limit() const { return limit_; }

private:
  const std::uint64_t limit_;
  std::atomic<std::uint64_t> used_{0};
};

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
    if (budget_ && !budget_->take(bytes))
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
