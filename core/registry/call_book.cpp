#include "core/registry/call_book.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace glyphgate {

void call_book::open(call c) {
  auto& origin = families_[c.origin];
  ++origin.open;
  ++origin.all;
  count(c.place, 1);
  index(c);
  const auto id = c.id;
  calls_.insert_or_assign(id, std::move(c));
}

void call_book::note_closed(const kept_call& relative) {
  ++families_[relative.origin].all;
}

const call_book::call* call_book::find(call_id id) const {
  const auto found = calls_.find(id);
  return found == calls_.end() ? nullptr : &found->second;
}

const call_book::call* call_book::find(call_id id, attempt_token attempt) const {
  const auto* c = find(id);
  return c != nullptr && c->attempt == attempt ? c : nullptr;
}

const call_book::call* call_book::with_seat(const digest& key) const {
  const auto found = by_seat_.find(key);
  return found == by_seat_.end() ? nullptr : find(found->second);
}

std::vector<const call_book::call*> call_book::filling(const company& with) const {
  std::vector<const call*> found;
  for (const auto& [id, c] : calls_)
    if (c.place == call_place::filling && c.with == with)
      found.push_back(&c);
  return found;
}

bool call_book::is_full(const call& c) const {
  const auto& load = c.load;
  const extent tenth_more{load.images + load.images / 10, load.width, load.height + load.height / 10,
                          load.pixels + load.pixels / 10};
  if (!fits_(tenth_more))
    return true;
  const auto smallest = std::ranges::min_element(c.seats, {}, [](const seat& s) { return s.info.pixels(); });
  return smallest != c.seats.end() && !fits_(c.load.with(smallest->info));
}

std::vector<call_book::seat>::iterator call_book::seat_in(call& c, const digest& key) {
  return std::ranges::find(c.seats, key, &seat::key);
}

void call_book::board(call_id id, const digest& key, const picture_info& info, const rider& who) {
  auto& c = at(id);
  auto found = seat_in(c, key);
  if (found == c.seats.end()) {
    c.load = c.load.with(info);
    found = c.seats.insert(found, {key, info, {}});
    by_seat_.emplace(key, id);
  }
  found->riders.push_back({who, false});
  ++c.boarding;
}

void call_book::confirm(call_id id, const digest& key, const rider& who) {
  auto& c = at(id);
  const auto found = std::ranges::find(seat_in(c, key)->riders, who, &passenger::who);
  if (!std::exchange(found->durable, true))
    --c.boarding;
}

bool call_book::leave(call_id id, const rider& who) {
  auto& c = at(id);
  const auto rides = [&](const seat& s) { return std::ranges::find(s.riders, who, &passenger::who) != s.riders.end(); };
  const auto left = std::ranges::find_if(c.seats, rides);
  const auto found = std::ranges::find(left->riders, who, &passenger::who);
  c.boarding -= found->durable ? 0 : 1;
  left->riders.erase(found);
  c.to_claim = true;
  if (left->riders.empty() && !c.in_pool())
    vacate_empty_seats(c);
  return std::ranges::all_of(c.seats, [](const seat& s) { return s.riders.empty(); });
}

void call_book::vacate_empty_seats(call& c) {
  unindex(c);
  std::erase_if(c.seats, [](const seat& s) { return s.riders.empty(); });
  index(c);
}

void call_book::index(call& c) {
  c.load = {};
  for (const auto& s : c.seats) {
    c.load = c.load.with(s.info);
    by_seat_.emplace(s.key, c.id);
  }
}

void call_book::unindex(const call& c) {
  for (const auto& s : c.seats)
    if (const auto entry = by_seat_.find(s.key); entry != by_seat_.end() && entry->second == c.id)
      by_seat_.erase(entry);
}

void call_book::count(call_place place, std::size_t more) {
  running_ += place == call_place::running ? more : 0;
  queued_ += place == call_place::queued ? more : 0;
}

void call_book::set_place(call& c, call_place place) {
  count(c.place, std::size_t{0} - 1);
  count(place, 1);
  const bool returns = c.in_pool();
  c.place = place;
  if (returns && !c.in_pool())
    vacate_empty_seats(c);
}

void call_book::move(call_id id, attempt_token attempt, call_place place) {
  if (find(id, attempt) != nullptr)
    set_place(at(id), place);
}

void call_book::depart_by(call_id id, timestamp t) {
  auto& c = at(id);
  c.departs_at = std::min(c.departs_at, t);
}

void call_book::set_departure(call_id id, timestamp t) {
  at(id).departs_at = t;
}

void call_book::fill(call_id id) {
  auto& c = at(id);
  c.fills = true;
  set_place(c, call_place::filling);
}

void call_book::claim_anew() {
  for (auto& [id, c] : calls_)
    c.to_claim = true;
}

void call_book::name_seats(call_id id, const company& with, const std::function<digest(const rider&)>& key_of) {
  auto& c = at(id);
  unindex(c);
  c.with = with;
  for (auto& old : std::exchange(c.seats, {}))
    for (const auto& p : old.riders) {
      const auto key = key_of(p.who);
      auto found = seat_in(c, key);
      if (found == c.seats.end())
        found = c.seats.insert(found, {key, old.info, {}});
      found->riders.push_back(p);
    }
  index(c);
}

std::vector<call_book::seat> call_book::progress(call_id id, attempt_token attempt, std::uint32_t seats_done) {
  const auto* open = find(id, attempt);
  // Late news of an attempt that is over changes nothing.
  if (open == nullptr || !open->in_pool())
    return {};
  auto& c = at(id);
  set_place(c, call_place::running);
  const auto all = static_cast<std::uint32_t>(c.seats.size());
  const auto before = std::exchange(c.seats_done, std::clamp(seats_done, c.seats_done, all));
  return {c.seats.begin() + before, c.seats.begin() + c.seats_done};
}

call_attempt call_book::retry(call_id id, reservation_id reservation, std::uint32_t paid_before, bool suspect) {
  auto& c = at(id);
  ++c.attempt;
  c.reservation = reservation;
  c.paid_before = paid_before;
  c.suspect = suspect;
  c.paid = true;
  c.seats_done = 0;
  return c.as_attempt();
}

call_book::call call_book::close(call_id id) {
  auto node = calls_.extract(id);
  auto& c = node.mapped();
  unindex(c);
  count(c.place, std::size_t{0} - 1);
  const auto origin = families_.find(c.origin);
  if (--origin->second.open == 0)
    families_.erase(origin);
  return std::move(c);
}

bool call_book::may_split(call_id id) const {
  // All but the first came of splitting.
  return families_.at(find(id)->origin).all + 1 <= max_split_calls_;
}

std::vector<call_id> call_book::split(call_id id, reservation_id first) {
  vacate_empty_seats(at(id));
  // The family stays while its parts are opened.
  const auto origin = find(id)->origin;
  ++families_[origin].open;
  auto whole = close(id);
  const auto middle = whole.seats.begin() + static_cast<std::ptrdiff_t>(whole.seats.size() / 2);
  std::array halves{std::vector<seat>{whole.seats.begin(), middle}, std::vector<seat>{middle, whole.seats.end()}};
  std::vector<call_id> parts;
  for (auto& half : halves) {
    if (half.empty())
      continue;
    call part;
    part.id = part.reservation = first + parts.size();
    part.origin = origin;
    part.with = whole.with;
    part.to_claim = true;
    part.seats = std::move(half);
    for (const auto& s : part.seats)
      part.boarding += static_cast<std::uint32_t>(std::ranges::count(s.riders, false, &passenger::durable));
    parts.push_back(part.id);
    open(std::move(part));
  }
  --families_[origin].open;
  return parts;
}

} // namespace glyphgate
