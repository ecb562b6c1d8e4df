#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

namespace glyphgate::http {

/// Counts the bytes of answers that wait for their clients to take them. A body counts once however many clients it is
/// on its way to. Small answers do not count: connections times `small` bounds them. Used by one thread.
class answer_budget {
public:
  using body_ptr = std::shared_ptr<const std::string>;

  /// What an answer may hold without being counted, bytes.
  static constexpr std::size_t small = 16 * 1024;

  /// An answer's place in the budget, given back with it, or before.
  class place {
  public:
    place(answer_budget& budget, body_ptr body) : budget_{&budget}, body_{std::move(body)} { budget_->add(body_); }
    ~place() { give_back(); }
    place(const place&) = delete;
    place& operator=(const place&) = delete;

    void give_back() {
      if (const auto body = std::exchange(body_, nullptr))
        budget_->remove(body);
    }

  private:
    answer_budget* budget_;
    body_ptr body_;
  };

  void set_limit(std::uint64_t bytes) { limit_ = bytes; }

  /// Whether the answer may wait. One that is larger than the whole budget may when no other one waits.
  bool has_room_for(const body_ptr& body) const {
    return is_free(body) || bodies_.contains(body.get()) || bodies_.empty() || used_ + body->size() <= limit_;
  }

  std::uint64_t used() const { return used_; }

private:
  static bool is_free(const body_ptr& body) { return body == nullptr || body->size() <= small; }

  void add(const body_ptr& body) {
    if (!is_free(body) && bodies_[body.get()]++ == 0)
      used_ += body->size();
  }
  void remove(const body_ptr& body) {
    if (is_free(body))
      return;
    const auto found = bodies_.find(body.get());
    if (--found->second == 0) {
      bodies_.erase(found);
      used_ -= body->size();
    }
  }

  std::uint64_t limit_ = UINT64_MAX;
  std::uint64_t used_ = 0;
  /// How many answers have each body.
  std::unordered_map<const std::string*, std::size_t> bodies_;
};

} // namespace glyphgate::http
