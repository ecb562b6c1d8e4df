#include "core/registry/recent_readings.hpp"

#include <utility>

namespace glyphgate {

recent_readings::mark recent_readings::take() {
  taken_.insert(++last_);
  return last_;
}

void recent_readings::give_back(mark m) {
  if (taken_.erase(m) != 0)
    drop_unneeded();
}

bool recent_readings::complete(mark m, std::span<const digest> keys, recognitions& known) const {
  if (m < dropped_)
    return false;
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (!known[i])
      if (const auto found = of_.find(keys[i]); found != of_.end())
        known[i] = found->second.recognised;
  return true;
}

void recent_readings::recorded(question unit, std::span<const transaction> transactions) {
  unit_of_readings readings{unit, 0, 0, {}};
  for (const auto& t : transactions) {
    if (const auto* closed = std::get_if<close_call>(&t)) {
      for (const auto& [seat, outcome] : closed->outcomes)
        if (outcome.recognised)
          note(seat, outcome.recognised, readings);
    } else if (const auto* sifted = std::get_if<sift_job>(&t)) {
      for (const auto& [position, key, read] : sifted->answered)
        note(key, read, readings);
    }
  }
  if (!readings.keys.empty())
    on_their_way_.emplace(unit, std::move(readings));
}

void recent_readings::note(const digest& key, const std::shared_ptr<const recognition>& recognised,
                           unit_of_readings& of) {
  of_.insert_or_assign(key, reading{recognised, of.unit});
  of.keys.push_back(key);
  of.symbols += recognised->symbols.size();
}

void recent_readings::stored(question unit) {
  auto node = on_their_way_.extract(unit);
  if (node.empty())
    return;
  auto& readings = node.mapped();
  readings.since = ++last_;
  symbols_ += readings.symbols;
  durable_.push_back(std::move(readings));
  drop_unneeded();
  for (; symbols_ > bound_; drop_oldest())
    dropped_ = durable_.front().since;
}

void recent_readings::drop_unneeded() {
  while (!durable_.empty() && (taken_.empty() || *taken_.begin() > durable_.front().since))
    drop_oldest();
}

void recent_readings::drop_oldest() {
  const auto& oldest = durable_.front();
  for (const auto& key : oldest.keys)
    // A later call may have read it too.
    if (const auto found = of_.find(key); found != of_.end() && found->second.unit == oldest.unit)
      of_.erase(found);
  symbols_ -= oldest.symbols;
  durable_.pop_front();
}

} // namespace glyphgate
