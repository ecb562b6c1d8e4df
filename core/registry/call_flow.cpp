#include "core/registry/call_flow.hpp"

#include "core/limits/limit_name.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace glyphgate {

namespace {

call_attempt attempt_of(const planned_call& call) {
  return {call.id, call.attempt, call.reservation};
}

/// What the engine said, and what the service has to say to it.
std::string followed_by(std::string said, const std::string& more) {
  if (said.ends_with('.'))
    said.pop_back();
  return said + "; " + more;
}

std::string no_other_attempt(std::string said, const admission& denied) {
  const auto what = denied.no_key ? why_denied(denied) + ", which" : limit_name(denied);
  return followed_by(std::move(said), what + " leaves no other attempt");
}

constexpr const char* too_old_error = "the call waited longer than a job may";
/// What the engine says of the account is the operator's business, not the clients'.
constexpr const char* account_error =
    "the engine refuses the service's account; whoever runs the service finds the reason in its log and in /health";

} // namespace

duration call_flow::delay_after(const planned_call_ptr& call, std::optional<duration> told) const {
  return retry_delay(call->attempt, told, core_.setup.jitter());
}

void call_flow::boarded(call_id id, const job_id& job) {
  const auto* c = core_.calls.find(id);
  if (c == nullptr || c->place != call_place::filling)
    return;
  const bool fills = core_.setup.sharing.on;
  const auto usual = core_.now + core_.setup.jobs.packing_window;
  core_.calls.depart_by(id, fills ? core_.jobs.patient_until(job).value_or(usual) : core_.now);
  if (core_.calls.is_full(*c))
    core_.calls.depart_by(id, core_.now);
  if (c->departs_at <= core_.now)
    due(*c);
  else
    core_.to_do.at(c->departs_at, registry_task::depart{id});
}

void call_flow::depart(const registry_task::depart& t) {
  const auto* c = core_.calls.find(t.call);
  if (c != nullptr && c->place == call_place::filling && c->departs_at <= core_.now)
    due(*c);
}

void call_flow::due(const call_book::call& c) {
  auto& line = c.suspect ? suspects_ : departing_;
  // Whatever comes to fill it meanwhile is welcome, and it keeps its turn.
  if (std::ranges::find(line, c.id) == line.end())
    line.push_back(c.id);
}

void call_flow::send_off() {
  if (core_.draining)
    return;
  send_off(suspects_);
  send_off(departing_);
}

void call_flow::send_off(std::deque<call_id>& line) {
  for (std::size_t i = 0; i < line.size() && in_pool_ < core_.setup.sharing.workers;) {
    const auto* c = core_.calls.find(line[i]);
    if (c != nullptr && c->fills && core_.setup.sharing.on && core_.calls.queued() != 0) {
      // The pool cannot begin what it has, as when the breaker is open: there is time to fill.
      ++i;
      continue;
    }
    if (c != nullptr && c->boarding != 0) {
      // What is on its way into it decides what it carries, and who pays.
      core_.calls.move(c->id, c->attempt, call_place::sealed);
      ++i;
      continue;
    }
    line.erase(line.begin() + static_cast<std::ptrdiff_t>(i));
    if (c != nullptr)
      depart_now(*c);
  }
  // No worker is free any more: until one is, pictures may board again.
  for (const auto id : line)
    if (const auto* c = core_.calls.find(id); c != nullptr && c->place == call_place::sealed && c->boarding == 0) {
      core_.calls.move(id, c->attempt, c->fills ? call_place::filling : call_place::ready);
      core_.calls_moved = true;
    }
}

void call_flow::depart_now(const call_book::call& c) {
  core_.calls_moved |= c.place == call_place::sealed;
  const auto call = c.as_attempt();
  if (core_.is_too_old(c))
    return close_with_error(call, {release(call)}, too_old_error, true);
  if (c.to_claim)
    return claim(call);
  const auto planned = core_.planned(c);
  core_.calls.set_departed(call.call);
  core_.calls.move(call.call, call.number, call_place::queued);
  ++in_pool_;
  core_.command(log_entry{log_level::info,
                          "call_departs",
                          {{"call", planned->id},
                           {"attempt", planned->attempt},
                           {"images", planned->pictures.size()},
                           {"jobs", planned->shares->size()}}});
  core_.command(registry_command::annotate{planned});
}

void call_flow::dispatch(const call_attempt& call) {
  const auto* c = find(call);
  if (c == nullptr)
    return store_.record({release(call)});
  if (core_.is_too_old(*c))
    return close_with_error(call, {release(call)}, too_old_error, true);
  core_.calls.move(call.call, call.number, call_place::ready);
  due(*c);
}

void call_flow::dispatch_later(const call_attempt& call, duration delay) {
  // What nobody wants any more is released at once.
  if (delay <= duration::zero() || find(call) == nullptr)
    return dispatch(call);
  go_on_later(call, delay, registry_task::dispatch{call});
}

void call_flow::reserve_later(const call_attempt& call, duration delay) {
  if (find(call) != nullptr)
    go_on_later(call, delay, registry_task::reserve_again{call});
}

void call_flow::go_on_later(const call_attempt& call, duration delay, any_registry_task then) {
  core_.calls.move(call.call, call.number, call_place::delayed);
  const auto too_old_at = core_.age_from(*find(call)) + core_.setup.jobs.max_age;
  core_.to_do.at(std::min(core_.now + delay, too_old_at), std::move(then));
}

void call_flow::reserve_again(const call_attempt& call) {
  const auto* c = find(call);
  if (c == nullptr)
    return;
  if (core_.is_too_old(*c))
    return close_with_error(call, {}, too_old_error, true);
  reserve({call, {}, {}, duration::zero(), c->paid_before, c->suspect, true});
}

void call_flow::take_up(const kept_call& kept) {
  const auto* c = core_.calls.find(kept.id);
  const auto call = c->as_attempt();
  if (kept.interruptions >= core_.setup.jobs.max_interruptions) {
    std::vector<transaction> spent;
    if (!kept.unpaid)
      spent.push_back(release(call));
    return close_with_error(
        call, std::move(spent),
        "gave up after " + std::to_string(kept.interruptions) +
            " interruptions: each time the service ended while it read this call's images and no others",
        false);
  }
  if (kept.unpaid)
    return reserve_again(call);
  if (!fills_on(*c))
    return claim(call);
  core_.calls.fill(call.call);
  core_.to_do.at(c->departs_at, registry_task::depart{call.call});
}

bool call_flow::fills_on(const call_book::call& c) {
  if (!core_.setup.sharing.on || c.attempt != 1 || c.origin != c.id || c.suspect)
    return false;
  core_.calls.set_departure(c.id, departure_of(c));
  return c.departs_at > core_.now;
}

void call_flow::close_empty(const kept_call& kept) {
  std::vector<transaction> unit;
  abandon(kept.id, unit);
  store_.record(std::move(unit));
}

void call_flow::claim(const call_attempt& call, const std::string& denied_before) {
  const auto* c = find(call);
  // These need no room.
  if (c != nullptr && core_.is_too_old(*c) && !denied_before.empty())
    return close_with_error(call, {release(call)}, followed_by(denied_before, too_old_error), true);
  if (c == nullptr || core_.is_too_old(*c))
    return dispatch(call);
  const auto as = core_.next_question();
  core_.calls.claim(call.call);
  core_.calls.move(call.call, call.number, call_place::reserving);
  asked_.emplace(as, kept_attempt{call});
  core_.command(registry_command::claim{as, call.reservation, core_.owners_aboard(call.call)});
}

void call_flow::keys_changed() {
  core_.calls.claim_anew();
  auto waiting = core_.to_do.take_if([](const any_registry_task& task) {
    return std::holds_alternative<registry_task::claim>(task) ||
           std::holds_alternative<registry_task::reserve_again>(task);
  });
  for (auto& task : waiting)
    core_.later(duration::zero(), std::move(task));
}

std::vector<transaction> call_flow::leave(const job_id& id) {
  std::vector<transaction> unit;
  const auto aboard = core_.jobs.aboard(id);
  for (std::uint32_t i = 0; i < aboard.size(); ++i) {
    if (core_.calls.find(aboard[i]) == nullptr)
      continue;
    if (core_.calls.leave(aboard[i], {id, i}))
      abandon(aboard[i], unit);
    else
      wait_for_those_aboard(*core_.calls.find(aboard[i]));
  }
  return unit;
}

void call_flow::wait_for_those_aboard(const call_book::call& c) {
  // What is due keeps its turn.
  if (!core_.setup.sharing.on || c.place != call_place::filling || c.departs_at <= core_.now)
    return;
  const auto later = departure_of(c);
  if (later <= c.departs_at)
    return;
  core_.calls.set_departure(c.id, later);
  core_.to_do.at(later, registry_task::depart{c.id});
}

timestamp call_flow::departure_of(const call_book::call& c) const {
  auto first = timestamp::max();
  for (const auto& seat : c.seats)
    for (const auto& [who, durable] : seat.riders)
      first = std::min(first, core_.jobs.patient_until(who.job).value_or(core_.jobs.accepted_at(who.job) +
                                                                         core_.setup.jobs.packing_window));
  return first;
}

void call_flow::abandon(call_id id, std::vector<transaction>& unit) {
  core_.to_do.take_if([id](const any_registry_task& task) {
    return std::visit(
        [id](const auto& t) {
          if constexpr (requires { t.call.call; })
            return t.call.call == id;
          return false;
        },
        task);
  });
  const auto c = core_.calls.close(id);
  core_.calls_moved |= c.place == call_place::sealed;
  switch (c.place) {
  case call_place::queued:
  case call_place::running: core_.command(registry_command::cancel_call{id}); break;
  // Whoever has the attempt finds that the call is over.
  case call_place::storing:
  case call_place::reserving:
  case call_place::left: break;
  default:
    if (c.paid)
      unit.push_back(release(c.as_attempt()));
  }
  unit.emplace_back(close_call{id, c.attempt, core_.now, {}});
}

std::vector<transaction> call_flow::discard(const std::vector<boarding>& aboard) const {
  std::vector<transaction> unit;
  for (const auto& b : aboard) {
    if (!b.opens)
      continue;
    unit.push_back(release({b.call, 1, b.call}));
    unit.emplace_back(close_call{b.call, 1, core_.now, {}});
  }
  return unit;
}

void call_flow::progress(const call_progress& p) {
  const auto* c = core_.calls.find(p.id, p.attempt);
  if (c == nullptr || !c->in_pool())
    return;
  const auto read = core_.calls.progress(p.id, p.attempt, p.pictures_done);
  for (const auto& seat : c->seats)
    for (const auto& passenger : seat.riders)
      core_.jobs.progress(p.begun_at, passenger.who, false);
  for (const auto& seat : read)
    for (const auto& passenger : seat.riders)
      core_.jobs.progress(p.begun_at, passenger.who, true);
}

void call_flow::ended(const registry_event::call_ended& e) {
  --in_pool_;
  if (const auto* failure = std::get_if<call_failure>(e.outcome.get()))
    return fail(e.call, *failure);
  const auto& [pictures, montage] = std::get<annotation>(*e.outcome);
  if (const auto* c = core_.calls.find(e.call->id, e.call->attempt))
    for (const auto& seat : c->seats)
      for (const auto& passenger : seat.riders)
        core_.jobs.note_montage(passenger.who.job, montage);
  std::vector<seat_outcome> outcomes;
  for (std::size_t i = 0; i < pictures.size() && i < e.call->seats.size(); ++i)
    outcomes.push_back({e.call->seats[i], pictures[i]});
  close(attempt_of(*e.call), {spend(e.call, true)}, std::move(outcomes));
}

void call_flow::fail(const planned_call_ptr& call, const call_failure& failure) {
  log_failure(*call, failure);
  if (failure.retry_after)
    note_pause(core_.now + *failure.retry_after);
  const auto attempt = attempt_of(*call);
  // Nobody wants it any more; what it spent is all that is left to say.
  if (find(attempt) == nullptr)
    return store_.record({spend(call, failure.sent)});
  switch (failure.code) {
  case ec::store_unavailable:
  case ec::queue_full:
    // Nothing was begun: the same attempt, later.
    return dispatch_later(attempt, store_delay);
  case ec::shutting_down:
  case ec::cancelled:
    if (core_.draining)
      return leave_for_next_start(call, failure);
    return go_on(call, failure);
  case ec::engine_unavailable: return go_on(call, failure);
  case ec::internal:
    // What the service lacks now it may lack for good.
    if (!failure.sent && core_.calls.fail_here(call->id) >= core_.setup.jobs.max_attempts)
      return give_up(call, failure);
    return go_on(call, failure);
  case ec::account_refused:
    if (!failure.sent)
      return try_again_unsent(call, failure.retry_after);
    if (failure.unprocessed)
      return try_anew(call, failure);
    return close_with_error(attempt, {spend(call, true)}, account_error, true);
  case ec::expired_in_queue: return close_with_error(attempt, {spend(call, failure.sent)}, too_old_error, true);
  default:
    if (failure.splittable && call->pictures.size() > 1)
      return split(call, failure);
    return close_with_error(attempt, {spend(call, failure.sent)}, failure.detail, false);
  }
}

void call_flow::leave_for_next_start(const planned_call_ptr& call, const call_failure& failure) {
  // What was begun is over: a stop is no crash, and nothing is suspect after it.
  if (failure.code == ec::cancelled && !failure.sent)
    return try_again_unsent(call, std::nullopt);
  core_.calls.move(call->id, call->attempt, call_place::left);
  if (failure.sent)
    store_.record({spend(call, true)});
}

void call_flow::note_pause(timestamp until) {
  if (until <= paused_until_)
    return;
  paused_until_ = until;
  store_.record({glyphgate::note_pause{core_.setup.engine.name, until}});
}

transaction call_flow::spend(const planned_call_ptr& call, bool sent) {
  if (!sent)
    return release(attempt_of(*call));
  core_.jobs.count_attempt(call->price);
  for (const auto& share : *call->shares)
    core_.jobs.pay(share.job, share.pays);
  return settle_spend{call->reservation, core_.now, call->price, call->shares};
}

void call_flow::close(const call_attempt& call, std::vector<transaction> transactions,
                      std::vector<seat_outcome> outcomes) {
  if (find(call) == nullptr)
    return store_.record(std::move(transactions));
  std::unordered_map<digest, picture_outcome> of;
  for (auto& o : outcomes)
    of.insert_or_assign(o.seat, std::move(o.outcome));
  close_call done{call.call, call.number, core_.now, {}};
  const auto closed = core_.calls.close(call.call);
  std::vector<job_id> jobs;
  for (const auto& seat : closed.seats) {
    if (seat.riders.empty())
      continue;
    auto& outcome = of[seat.key];
    if (!is_decided(outcome))
      outcome = {nullptr, "the engine gave no answer for this image", true};
    for (const auto& passenger : seat.riders) {
      core_.jobs.decide(passenger.who, outcome);
      if (jobs.empty() || jobs.back() != passenger.who.job)
        jobs.push_back(passenger.who.job);
    }
    done.outcomes.push_back({seat.key, outcome});
  }
  transactions.emplace_back(std::move(done));
  std::erase_if(jobs, [this](const job_id& id) { return !core_.jobs.end_if_decided(core_.now, id); });
  endings_.end(std::move(jobs), std::move(transactions));
}

void call_flow::close_with_error(const call_attempt& call, std::vector<transaction> transactions,
                                 const std::string& error, bool may_pass) {
  std::vector<seat_outcome> outcomes;
  if (const auto* c = find(call))
    for (const auto& seat : c->seats)
      outcomes.push_back({seat.key, {nullptr, error, may_pass}});
  close(call, std::move(transactions), std::move(outcomes));
}

void call_flow::go_on(const planned_call_ptr& call, const call_failure& failure) {
  if (!failure.sent)
    return try_again_unsent(call, failure.retry_after);
  if (failure.unprocessed)
    return try_anew(call, failure);
  try_again(call, failure);
}

void call_flow::give_up(const planned_call_ptr& call, const call_failure& failure) {
  close_with_error(attempt_of(*call), {spend(call, failure.sent)},
                   "gave up after " + std::to_string(call->attempt) + " attempts: " + failure.detail, true);
}

void call_flow::try_again(const planned_call_ptr& call, const call_failure& failure) {
  const auto paid = call->paid_before + 1;
  if (paid >= core_.setup.jobs.max_attempts)
    return give_up(call, failure);
  reserve({attempt_of(*call),
           {spend(call, true)},
           failure.detail,
           delay_after(call, failure.retry_after),
           paid,
           false,
           false});
}

void call_flow::try_anew(const planned_call_ptr& call, const call_failure& failure) {
  reserve({attempt_of(*call),
           {spend(call, true)},
           failure.detail,
           delay_after(call, failure.retry_after),
           call->paid_before,
           false,
           true});
}

call_attempt call_flow::next_attempt(call_id id, reservation_id reservation, std::uint32_t paid_before, bool suspect) {
  for (const auto& seat : core_.calls.find(id)->seats)
    for (const auto& passenger : seat.riders)
      core_.jobs.unread(passenger.who);
  return core_.calls.retry(id, reservation, paid_before, suspect);
}

void call_flow::try_again_unsent(const planned_call_ptr& call, std::optional<duration> wait) {
  const auto next = next_attempt(call->id, call->reservation, call->paid_before, false);
  core_.calls.move(next.call, next.number, call_place::storing);
  store_.record({carry_over_spend{call->id, call->attempt, call->reservation, core_.now}},
                after_record::dispatch_later{next, delay_after(call, wait)});
}

void call_flow::reserve(retry r) {
  const auto as = core_.next_question();
  const auto call = r.call.call;
  core_.calls.move(call, r.call.number, call_place::reserving);
  asked_.emplace(as, std::move(r));
  core_.command(registry_command::reserve{as, {core_.owners_aboard(call), 0, 1}});
}

void call_flow::split(const planned_call_ptr& call, const call_failure& failure) {
  const auto attempt = attempt_of(*call);
  std::vector<transaction> spent{spend(call, failure.sent)};
  if (!core_.calls.may_split(call->id))
    return close_with_error(attempt, std::move(spent),
                            followed_by(failure.detail, "the call may be split no further to find the image at fault, "
                                                        "which may be another one: post this one again"),
                            true);
  const auto as = core_.next_question();
  core_.calls.move(attempt.call, attempt.number, call_place::reserving);
  asked_.emplace(as, halves{attempt, std::move(spent), failure.detail});
  core_.command(registry_command::reserve{as, {core_.owners_aboard(attempt.call), 0, 2}});
}

bool call_flow::reserved(const registry_event::reserved& e) {
  auto node = asked_.extract(e.to);
  if (node.empty())
    return false;
  std::visit([&](const auto& asked) { e.answer.granted() ? granted(asked, e.answer) : denied(asked, e.answer); },
             node.mapped());
  return true;
}

void call_flow::granted(const retry& r, const admission& answer) {
  if (find(r.call) == nullptr) {
    core_.release(answer);
    if (!r.spent.empty())
      store_.record(r.spent);
    return;
  }
  const auto next = next_attempt(r.call.call, answer.first, r.paid_before, r.suspect);
  auto unit = r.spent;
  unit.emplace_back(reserve_retry{next.call, next.number, next.reservation, answer.at, r.paid_before, r.suspect});
  core_.calls.move(next.call, next.number, call_place::storing);
  store_.record(std::move(unit), after_record::dispatch_later{next, r.delay});
}

void call_flow::denied(const retry& r, const admission& answer) {
  const bool open = find(r.call) != nullptr;
  if (open && !r.patient)
    return close_with_error(r.call, r.spent, no_other_attempt(r.why, answer), true);
  if (!open) {
    if (!r.spent.empty())
      store_.record(r.spent);
    return;
  }
  const auto wait = wait_for_room(answer);
  core_.calls.set_unpaid(r.call.call);
  if (r.spent.empty())
    return reserve_later(r.call, wait);
  core_.calls.move(r.call.call, r.call.number, call_place::storing);
  store_.record(r.spent, after_record::reserve_later{r.call, wait});
}

void call_flow::granted(const halves& h, const admission& answer) {
  if (find(h.call) == nullptr) {
    core_.release(answer);
    return store_.record(h.spent);
  }
  split_call done{h.call.call, h.call.number, answer.at, {}};
  std::vector<call_attempt> parts;
  for (const auto id : core_.calls.split(h.call.call, answer.first)) {
    const auto& part = *core_.calls.find(id);
    auto& to_store = done.parts.emplace_back();
    to_store.id = id;
    for (const auto& seat : part.seats) {
      to_store.seats.push_back(seat.key);
      for (const auto& passenger : seat.riders)
        core_.jobs.board(passenger.who, id);
    }
    parts.push_back(part.as_attempt());
    core_.calls.move(id, part.attempt, call_place::storing);
  }
  core_.release(answer, parts.size());
  auto unit = h.spent;
  unit.emplace_back(std::move(done));
  store_.record(std::move(unit), after_record::dispatch_all{parts});
}

void call_flow::denied(const halves& h, const admission& answer) {
  if (find(h.call) != nullptr)
    return close_with_error(h.call, h.spent, no_other_attempt(h.why, answer), true);
  store_.record(h.spent);
}

void call_flow::granted(const kept_attempt& k, const admission&) {
  dispatch(k.call);
}

void call_flow::denied(const kept_attempt& k, const admission& answer) {
  if (find(k.call) == nullptr)
    return dispatch(k.call);
  go_on_later(k.call, wait_for_room(answer), registry_task::claim{k.call, why_denied(answer)});
}

void call_flow::log_failure(const planned_call& call, const call_failure& failure) {
  const bool account = failure.code == ec::account_refused;
  core_.command(log_entry{account ? log_level::error : log_level::warn,
                          account ? "engine_refuses_account" : "call_failed",
                          {{"call", call.id},
                           {"attempt", call.attempt},
                           {"images", call.pictures.size()},
                           {"jobs", call.shares->size()},
                           {"reason", to_string(failure.code)},
                           {"sent", failure.sent},
                           {"detail", failure.detail}}});
}

} // namespace glyphgate
