// Planted defects that distort what the registry is told and says.
#include "process.hpp"

#include <utility>

namespace glyphgate::simulation {

namespace {

using std::chrono::hours;

/// It changes nothing that matters, and is as durable as what it takes the place of.
transaction nothing() {
  return note_pause{};
}

bool was_not_accepted(const transaction& t) {
  const auto* ended = std::get_if<end_job>(&t);
  return ended != nullptr && ended->end.error == "not accepted";
}

void lose_rider(split_call& split) {
  for (auto& part : split.parts)
    if (part.seats.size() > 1)
      return part.seats.pop_back();
}

} // namespace

any_registry_event process::distorted(const any_registry_event& event) {
  const auto* posted = std::get_if<registry_event::submit>(&event);
  if (posted == nullptr || !(is(planted::other_hints_join) || is(planted::patience_stretched)))
    return event;
  auto spec = *posted->spec;
  if (is(planted::other_hints_join))
    spec.language_hints.clear();
  else if (spec.max_delay)
    *spec.max_delay += hours{1};
  auto other = std::make_shared<const job_spec>(std::move(spec));
  planted_specs_.emplace(other, posted->spec);
  return registry_event::submit{posted->from, std::move(other)};
}

transactions_ptr process::distorted(const transactions_ptr& unit) const {
  auto all = *unit;
  const bool undoes = std::ranges::any_of(all, was_not_accepted);
  for (auto& t : all) {
    if (auto* accepted = std::get_if<accept_job>(&t))
      if (const auto found = planted_specs_.find(accepted->spec); found != planted_specs_.end())
        accepted->spec = found->second;
    if (auto* split = std::get_if<split_call>(&t); split != nullptr && is(planted::split_loses_rider))
      lose_rider(*split);
    auto* closed = std::get_if<close_call>(&t);
    if (closed != nullptr && is(planted::rider_not_decided) && closed->outcomes.size() > 1)
      closed->outcomes.pop_back();
    if (closed != nullptr && is(planted::abandoned_stays_open) && closed->outcomes.empty())
      t = nothing();
    if (auto* sifted = std::get_if<sift_job>(&t)) {
      if (is(planted::sieve_reading_lost) && !sifted->answered.empty())
        sifted->answered.pop_back();
      if (is(planted::repeats_another))
        for (auto& [position, earlier] : sifted->repeats)
          earlier = earlier == 0 ? 0 : earlier - 1;
    }
    if (std::holds_alternative<release_spend>(t) && is(planted::discarded_not_released) && undoes)
      t = nothing();
  }
  return unit_of(std::move(all));
}

planned_call_ptr process::distorted(const planned_call_ptr& call) {
  auto other = *call;
  auto shares = *call->shares;
  if (is(planted::remainder_dropped) && shares.size() > 1)
    --shares.back().pays.price;
  if (is(planted::shares_by_head)) {
    const std::vector<std::uint64_t> equal(shares.size(), 1);
    const auto calls = split_by_weight(whole_call, equal);
    const auto prices = split_by_weight(call->price, equal);
    for (std::size_t i = 0; i < shares.size(); ++i)
      shares[i].pays = {calls[i], prices[i]};
  }
  if (is(planted::vacated_seat_sent)) {
    const auto& first = planted_calls_.emplace(call->id, call).first->second;
    other.pictures = first->pictures;
    other.seats = first->seats;
  }
  other.shares = std::make_shared<const std::vector<job_share>>(std::move(shares));
  return std::make_shared<const planned_call>(std::move(other));
}

shares_ptr process::shares_of_all_aboard(const planned_call& call) const {
  std::vector<paid_seat> seats(call.seats.size());
  for (std::size_t i = 0; i < seats.size(); ++i)
    seats[i].area = call.pictures[i].info.pixels();
  for (const auto& who : store_.db().riders(call.id)) {
    const auto& key = store_.db().jobs().at(who.job).accepted.spec->recognition_keys[who.position];
    const auto seat = std::ranges::find(call.seats, key);
    if (seat != call.seats.end())
      seats[static_cast<std::size_t>(seat - call.seats.begin())].riders.push_back(who.job);
  }
  auto shares = fair_shares(call.price, seats);
  for (auto& share : shares)
    share.owner = store_.db().jobs().at(share.job).accepted.spec->owner;
  return std::make_shared<const std::vector<job_share>>(std::move(shares));
}

void process::cancel_ridden(const std::vector<call_id>& left) {
  for (const auto id : left)
    if (const auto* call = registry_.calls().find(id); call != nullptr && call->in_pool())
      carry_out(registry_command::cancel_call{id});
}

} // namespace glyphgate::simulation
