#include "core/registry/seating.hpp"

#include <algorithm>
#include <map>

namespace glyphgate {

bool seating::places::has_lost(const std::vector<pair>& rides) const {
  return std::ranges::any_of(
      rides, [this](const pair& ride) { return std::ranges::find(riding, ride.first, &pair::first) == riding.end(); });
}

seating::places seating::find(const job_id& id, const job_spec& spec, const picture_indices& to_send) const {
  places found;
  const auto with = core_.company_of(id, spec);
  std::vector<std::pair<call_id, extent>> filling;
  if (core_.setup.sharing.on)
    for (const auto* c : core_.calls.filling(with))
      filling.emplace_back(c->id, c->load);
  picture_indices rest;
  for (const auto i : to_send) {
    const auto& key = spec.recognition_keys[i];
    const auto& info = spec.pictures[i].info;
    if (const auto* c = core_.calls.with_seat(key); c != nullptr && may_ride(with, c->with)) {
      found.stand_by |= c->place == call_place::sealed;
      found.riding.emplace_back(i, c->id);
      continue;
    }
    if (is_expected(id, key)) {
      found.stand_by = true;
      continue;
    }
    const auto takes =
        std::ranges::find_if(filling, [&](const auto& call) { return core_.calls.fits(call.second.with(info)); });
    if (takes != filling.end()) {
      takes->second = takes->second.with(info);
      found.joining.emplace_back(i, takes->first);
      continue;
    }
    found.stand_by |= may_join_expected(id, with, info);
    rest.push_back(i);
  }
  if (!found.stand_by)
    found.new_calls = core_.plan(spec, rest);
  return found;
}

bool seating::may_ride(const company& who, const company& with) const {
  auto as_its_own = who;
  if (core_.setup.engine.shares_results)
    as_its_own.owner = with.owner;
  return as_its_own == with;
}

bool seating::is_expected(const job_id& id, const digest& seat) const {
  return std::ranges::any_of(openers_, [&](const opener& o) { return o.id != id && o.seats.contains(seat); });
}

bool seating::may_join_expected(const job_id& id, const company& with, const picture_info& info) const {
  return core_.setup.sharing.on && std::ranges::any_of(openers_, [&](const opener& o) {
           return o.id != id && o.with == with &&
                  std::ranges::any_of(o.loads, [&](const extent& load) { return core_.calls.fits(load.with(info)); });
         });
}

std::vector<reservation_id> seating::reservations_of(const places& found) const {
  std::vector<reservation_id> ids;
  for (const auto* pairs : {&found.riding, &found.joining})
    for (const auto& [position, call] : *pairs)
      if (const auto id = core_.calls.find(call)->reservation; std::ranges::find(ids, id) == ids.end())
        ids.push_back(id);
  return ids;
}

bool seating::has_other_reservations(const places& found, const std::vector<reservation_id>& asked) const {
  return std::ranges::any_of(reservations_of(found),
                             [&](reservation_id id) { return std::ranges::find(asked, id) == asked.end(); });
}

std::vector<boarding> seating::board(const job_id& id, const job_spec& spec, const places& found,
                                     reservation_id first) {
  std::map<call_id, picture_indices> joined;
  const auto take = [&](const places::pair& place) {
    const auto& [i, call] = place;
    core_.calls.board(call, spec.recognition_keys[i], spec.pictures[i].info, {id, i});
    core_.jobs.board({id, i}, call);
    joined[call].push_back(i);
  };
  std::ranges::for_each(found.riding, take);
  std::ranges::for_each(found.joining, take);
  std::vector<boarding> aboard;
  aboard.reserve(joined.size() + found.new_calls.size());
  for (auto& [call, pictures] : joined)
    aboard.push_back({call, std::move(pictures), false});
  for (const auto& pictures : found.new_calls)
    aboard.push_back({first++, pictures, true});
  return aboard;
}

std::vector<call_id> seating::confirm(const job_id& id, const std::vector<boarding>& aboard) {
  const auto spec = core_.jobs.spec(id);
  const auto joined = core_.jobs.aboard(id);
  std::vector<call_id> calls;
  for (std::uint32_t i = 0; i < joined.size(); ++i) {
    if (joined[i] == 0)
      continue;
    core_.calls.confirm(joined[i], spec->recognition_keys[i], {id, i});
    if (std::ranges::find(calls, joined[i]) == calls.end())
      calls.push_back(joined[i]);
  }
  for (const auto& b : aboard) {
    if (!b.opens)
      continue;
    call_book::call c;
    c.id = c.origin = c.reservation = b.call;
    c.with = core_.company_of(id, *spec);
    c.fills = true;
    c.to_claim = c.reservation <= core_.reserved_before_keys;
    for (const auto i : b.pictures) {
      c.seats.push_back({spec->recognition_keys[i], spec->pictures[i].info, {{{id, i}, true}}});
      core_.jobs.board({id, i}, b.call);
    }
    core_.calls.open(std::move(c));
    calls.push_back(b.call);
  }
  return calls;
}

void seating::expect(const job_id& id, const job_spec& spec, const std::vector<picture_indices>& new_calls) {
  expect_none(id);
  if (new_calls.empty())
    return;
  auto& o = openers_.emplace_back();
  o.id = id;
  o.with = core_.company_of(id, spec);
  for (const auto& call : new_calls) {
    auto& load = o.loads.emplace_back();
    for (const auto i : call) {
      o.seats.insert(spec.recognition_keys[i]);
      load = load.with(spec.pictures[i].info);
    }
  }
}

void seating::expect_none(const job_id& id) {
  if (std::erase_if(openers_, [&](const opener& o) { return o.id == id; }) != 0)
    core_.calls_moved = true;
}

std::size_t seating::expected() const {
  std::size_t calls = 0;
  for (const auto& o : openers_)
    calls += o.loads.size();
  return calls;
}

} // namespace glyphgate
