#include "core/registry/waiting_lines.hpp"

#include <algorithm>

namespace glyphgate {

waiting_line& waiting_lines::of(const owner_name& owner) {
  return lines_.try_emplace(owner, core_, store_, endings_, calls_, seats_, owner).first->second;
}

void waiting_lines::add(const job_id& id) {
  of(core_.jobs.spec(id)->owner).add(id);
}

void waiting_lines::leave(const job_id& id) {
  for (auto& [owner, line] : lines_)
    line.leave(id);
}

const waiting_line* waiting_lines::in_the_way_of(const owner_name& owner) const {
  const auto own = lines_.find(owner);
  if (own != lines_.end() && !own->second.empty())
    return &own->second;
  const auto found = std::ranges::find_if(lines_, [](const auto& entry) {
    return !entry.second.empty() && entry.second.is_denied() && is_of_service(entry.second.denial());
  });
  return found == lines_.end() ? nullptr : &found->second;
}

waiting_lines::turn waiting_lines::turn_of(const owner_name& owner) const {
  const auto* line = in_the_way_of(owner);
  return line == nullptr ? turn::ask : line->is_denied() ? turn::wait : turn::stand_by;
}

admission waiting_lines::denial(const owner_name& owner) const {
  return in_the_way_of(owner)->denial();
}

std::size_t waiting_lines::size() const {
  std::size_t sum = 0;
  for (const auto& [owner, line] : lines_)
    sum += line.size();
  return sum;
}

room waiting_lines::has_room(const owner_name& owner) const {
  const auto own = lines_.find(owner);
  return room_for(1, own == lines_.end() ? 0 : own->second.size(), size(), core_.setup.jobs.queue_capacity,
                  core_.several_owners());
}

bool waiting_lines::has(const job_id& id) const {
  return std::ranges::any_of(lines_, [&](const auto& entry) { return entry.second.has(id); });
}

void waiting_lines::go_on(bool calls_moved, bool room_made) {
  for (auto& [owner, line] : lines_)
    line.go_on(calls_moved, room_made);
}

void waiting_lines::run(const registry_task::give_up& t) {
  for (auto& [owner, line] : lines_)
    if (line.has(t.id))
      return line.run(t);
}

bool waiting_lines::recalled(const registry_event::recalled& e) {
  return std::ranges::any_of(lines_, [&](auto& entry) { return entry.second.recalled(e); });
}

bool waiting_lines::reserved(const registry_event::reserved& e) {
  return std::ranges::any_of(lines_, [&](auto& entry) { return entry.second.reserved(e); });
}

void waiting_lines::boarded(const after_record::boarded& done) {
  for (auto& [owner, line] : lines_)
    if (line.has(done.id))
      return line.boarded(done);
}

} // namespace glyphgate
