#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>

namespace glyphgate::http {

/// Counts the bytes of answers that wait for their clients to take them. A body counts once however many clients it is
/// on its way to. Small answers do not count: connections times `small` bounds them. Used by one thread.
class answer_budget {
public:
  /// What an answer may hold without being counted, bytes.
  static constexpr std::size_t small = 16 * 1024;

  /// What an answer holds until it has been taken: a body, or what makes one. Null holds nothing.
  struct holding {
    std::shared_ptr<const void> what;
    std::size_t bytes = 0;
  };

  /// An answer's place in the budget, given back with it, or before.
  class place {
  public:
    place(answer_budget& budget, holding held) : budget_{&budget}, held_{std::move(held)} { budget_->add(held_); }
    ~place() { give_back(); }
    place(const place&) = delete;
    place& operator=(const place&) = delete;

    void give_back() {
      if (const auto held = std::exchange(held_, {}); held.what != nullptr)
        budget_->remove(held);
    }

  private:
    answer_budget* budget_;
    holding held_;
  };

  void set_limit(std::uint64_t bytes) { limit_ = bytes; }

  /// Whether the answer may wait. One that is larger than the whole budget may when no other one waits.
  bool has_room_for(const holding& held) const {
    return is_free(held) || holders_.contains(held.what.get()) || holders_.empty() || used_ + held.bytes <= limit_;
  }

  std::uint64_t used() const { return used_; }

private:
  static bool is_free(const holding& held) { return held.what == nullptr || held.bytes <= small; }

  void add(const holding& held) {
    if (!is_free(held) && holders_[held.what.get()]++ == 0)
      used_ += held.bytes;
  }
  void remove(const holding& held) {
    if (is_free(held))
      return;
    const auto found = holders_.find(held.what.get());
    if (--found->second == 0) {
      holders_.erase(found);
      used_ -= held.bytes;
    }
  }

  std::uint64_t limit_ = UINT64_MAX;
  std::uint64_t used_ = 0;
  /// How many answers hold each.
  std::unordered_map<const void*, std::size_t> holders_;
};

} // namespace glyphgate::http
