#pragma once

#include "http/wire/memory_budget.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace glyphgate::http {

/// The bytes of a request's body together with their share of the budget: who keeps the one keeps the other, and what
/// frees the bytes gives the share back. Movable, which moves no byte. Used by one thread at a time; the last of those
/// that share one may free it on any.
class request_body {
public:
  /// So many zero bytes are behind the last one, so that who looks for something may look at blocks.
  static constexpr std::size_t padding = 32;

  request_body() = default;
  /// Takes its bytes from that budget; null sets no bound.
  explicit request_body(std::shared_ptr<memory_budget> budget) : share_{std::move(budget)} {}
  request_body(request_body&& other) noexcept : request_body{} { swap(other); }
  request_body& operator=(request_body&& other) noexcept {
    request_body moved{std::move(other)};
    swap(moved);
    return *this;
  }
  ~request_body() = default;

  /// Takes the share of that many bytes in all, and no memory yet. False when the budget has less; nothing has changed
  /// then.
  bool reserve(std::size_t size);

  /// False when the budget has no room for them, or the system no memory; nothing has changed then.
  bool append(std::string_view bytes);

  /// Gives back what was taken for more bytes than there are.
  void fit();

  /// What it has of the budget.
  std::uint64_t held() const { return share_.bytes(); }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::string_view view() const { return {memory_.get(), size_}; }
  std::span<char> bytes() { return {memory_.get(), size_}; }

private:
  struct release {
    void operator()(char* memory) const { std::free(memory); }
  };

  bool resize_memory(std::size_t capacity);
  void swap(request_body& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    std::swap(share_, other.share_);
  }

  std::unique_ptr<char[], release> memory_;
  std::size_t size_ = 0;
  /// What `memory_` has room for, without the padding; not above the share.
  std::size_t capacity_ = 0;
  memory_share share_;
};

/// A body that pictures lie in, which keep it.
using request_body_ptr = std::shared_ptr<request_body>;

} // namespace glyphgate::http
