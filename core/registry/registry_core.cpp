#include "core/registry/registry_core.hpp"

#include <algorithm>

namespace glyphgate {

duration wait_for_room(const admission& denied) {
  return std::clamp<duration>(denied.retry_after, std::chrono::seconds{1}, std::chrono::minutes{1});
}

std::vector<picture_indices> registry_core::plan(const job_spec& spec, const picture_indices& to_send) const {
  std::vector<picture> pictures;
  pictures.reserve(to_send.size());
  for (const auto i : to_send)
    pictures.push_back(spec.pictures[i]);
  auto planned_calls = setup.plan_calls(pictures);
  for (auto& call : planned_calls)
    for (auto& position : call)
      position = to_send[position];
  return planned_calls;
}

company registry_core::company_of(const job_id& id, const job_spec& spec) const {
  const auto accepted_for = jobs.accepted_for(id);
  return {spec.language_hints, setup.engine.scope, accepted_for.empty() ? setup.engine.name : accepted_for,
          setup.sharing.among_owners ? owner_name{} : spec.owner};
}

const job_view* registry_core::view_for(const owner_name& owner, const job_id& id) const {
  const auto* view = jobs.view(now, id);
  return view == nullptr || view->owner != owner ? nullptr : view;
}

void registry_core::keep_on(const job_id& id) {
  to_do.take_if([&](const any_registry_task& task) {
    const auto* gives_up = std::get_if<registry_task::give_up>(&task);
    return gives_up != nullptr && gives_up->id == id;
  });
}

void registry_core::release(const admission& granted, std::size_t used) {
  for (auto i = used; i < granted.calls; ++i)
    command(registry_command::release{granted.first + i});
}

std::vector<owner_name> registry_core::owners_aboard(call_id id) const {
  std::vector<owner_name> owners;
  if (const auto* c = calls.find(id))
    for (const auto& seat : c->seats)
      for (const auto& p : seat.riders)
        if (const auto& owner = jobs.spec(p.who.job)->owner; std::ranges::find(owners, owner) == owners.end())
          owners.push_back(owner);
  return owners;
}

timestamp registry_core::age_from(const call_book::call& c) const {
  auto oldest = timestamp::max() - setup.jobs.max_age;
  for (const auto& seat : c.seats)
    for (const auto& p : seat.riders)
      // Who is on his way in is not accepted yet, and has no age.
      if (p.durable)
        oldest = std::min(oldest, jobs.age_from(p.who.job));
  return oldest;
}

planned_call_ptr registry_core::planned(const call_book::call& c) const {
  auto call = std::make_shared<planned_call>();
  call->id = c.id;
  call->attempt = c.attempt;
  call->reservation = c.reservation;
  call->paid_before = c.paid_before;
  call->language_hints = c.with.language_hints;
  call->age_from = age_from(c);
  call->suspect = c.suspect;
  call->price = setup.engine.call_price;
  std::vector<paid_seat> paid;
  for (const auto& seat : c.seats) {
    const auto& first = seat.riders.front().who;
    call->pictures.push_back(jobs.spec(first.job)->pictures[first.position]);
    call->seats.push_back(seat.key);
    auto& to_pay = paid.emplace_back();
    to_pay.area = seat.info.pixels();
    for (const auto& p : seat.riders)
      to_pay.riders.push_back(p.who.job);
  }
  auto shares = fair_shares(call->price, paid);
  for (auto& share : shares)
    share.owner = jobs.spec(share.job)->owner;
  call->shares = std::make_shared<const std::vector<job_share>>(std::move(shares));
  return call;
}

std::optional<job_wait> registry_core::wait_of(const job_id& id) const {
  if (jobs.spec(id) == nullptr)
    return std::nullopt;
  const auto too_old_at = jobs.age_from(id) + setup.jobs.max_age;
  if (jobs.in_line(id))
    return job_wait{waiting_for::budget, jobs.line_until(id)};
  if (jobs.in_sieve(id))
    return job_wait{waiting_for::engine, too_old_at};
  std::optional<job_wait> wait;
  for (const auto on : jobs.aboard(id)) {
    const auto* c = calls.find(on);
    if (c == nullptr)
      continue;
    if (c->place == call_place::running)
      return std::nullopt;
    const bool filling = c->place == call_place::filling && c->departs_at > now;
    if (!filling)
      wait = job_wait{waiting_for::engine, too_old_at};
    else if (!wait || (wait->what == waiting_for::company && wait->until < c->departs_at))
      wait = job_wait{waiting_for::company, c->departs_at};
  }
  return wait;
}

} // namespace glyphgate
