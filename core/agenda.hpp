#pragma once

#include "core/clock.hpp"

#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace glyphgate {

/// What is to be done at a time to come, the earliest first; of the same time, in the order in which it was put in.
/// Pure: whoever owns it sees to it that somebody looks at `next()`.
template <class Task>
class agenda {
public:
  void at(timestamp when, Task task) { entries_.emplace(when, std::move(task)); }

  bool empty() const { return entries_.empty(); }

  /// When the earliest is due.
  std::optional<timestamp> next() const {
    return entries_.empty() ? std::nullopt : std::optional{entries_.begin()->first};
  }

  /// Calls `look` with each task, in the order in which they are due.
  template <class Look>
  void each(Look look) const {
    for (const auto& [when, task] : entries_)
      look(task);
  }

  /// A task and when it was due.
  struct due {
    timestamp at;
    Task task;
  };

  /// Takes out the earliest if it is due.
  std::optional<due> take(timestamp now) {
    if (entries_.empty() || entries_.begin()->first > now)
      return std::nullopt;
    auto node = entries_.extract(entries_.begin());
    return due{node.key(), std::move(node.mapped())};
  }

  /// Takes out what `wanted` is true of, whenever it is due.
  template <class Wanted>
  std::vector<Task> take_if(Wanted wanted) {
    std::vector<Task> taken;
    std::erase_if(entries_, [&](auto& entry) {
      if (!wanted(std::as_const(entry.second)))
        return false;
      taken.push_back(std::move(entry.second));
      return true;
    });
    return taken;
  }

private:
  std::multimap<timestamp, Task> entries_;
};

} // namespace glyphgate
