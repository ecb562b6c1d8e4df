#include "core/limits/rolling_window.hpp"

#include <algorithm>

namespace glyphgate {

void rolling_window::advance(timestamp now) {
  while (!entries_.empty() && entries_.front().at + span_ < now) {
    total_ -= entries_.front().used;
    entries_.pop_front();
  }
}

void rolling_window::add(timestamp at, const amounts& used) {
  if (used.none())
    return;
  if (!entries_.empty() && entries_.back().at == at)
    entries_.back().used += used;
  else
    entries_.push_back({at, used});
  total_ += used;
}

void rolling_window::remove(timestamp at, const amounts& used) {
  const auto found = std::ranges::lower_bound(entries_, at, {}, &entry::at);
  if (found == entries_.end() || found->at != at)
    return;
  const auto left = found->used - used;
  total_ -= found->used - left;
  found->used = left;
  if (left.none())
    entries_.erase(found);
}

std::optional<timestamp> rolling_window::oldest(measure m) const {
  const auto found = std::ranges::find_if(entries_, [m](const entry& e) { return e.used.of(m) != 0; });
  return found == entries_.end() ? std::nullopt : std::optional{found->at};
}

timestamp rolling_window::when_at_most(measure m, std::uint64_t most) const {
  auto left = total_.of(m);
  timestamp when{};
  for (const auto& e : entries_) {
    if (left <= most)
      break;
    left -= e.used.of(m);
    when = end_of(e.at);
  }
  return when;
}

} // namespace glyphgate
