#include "core/rolling_window.hpp"

#include <algorithm>

namespace glyphgate {

void rolling_window::advance(timestamp now) {
  while (!entries_.empty() && entries_.front().at + span_ < now) {
    total_ -= entries_.front().count;
    entries_.pop_front();
  }
}

void rolling_window::add(timestamp at, std::uint64_t count) {
  if (count == 0)
    return;
  if (!entries_.empty() && entries_.back().at == at)
    entries_.back().count += count;
  else
    entries_.push_back({at, count});
  total_ += count;
}

void rolling_window::remove(timestamp at, std::uint64_t count) {
  const auto found = std::ranges::lower_bound(entries_, at, {}, &entry::at);
  if (found == entries_.end() || found->at != at)
    return;
  const auto taken = std::min(count, found->count);
  found->count -= taken;
  total_ -= taken;
  if (found->count == 0)
    entries_.erase(found);
}

std::optional<timestamp> rolling_window::oldest() const {
  if (entries_.empty())
    return std::nullopt;
  return entries_.front().at;
}

timestamp rolling_window::when_at_most(std::uint64_t count) const {
  auto left = total_;
  timestamp when{};
  for (const auto& e : entries_) {
    if (left <= count)
      break;
    left -= e.count;
    when = e.at + span_ + duration{1};
  }
  return when;
}

} // namespace glyphgate
