#include "core/registry/job_quotes.hpp"

#include "core/registry/job_admission.hpp"
#include "core/registry/refusals.hpp"

#include <algorithm>
#include <utility>

namespace glyphgate {

void job_quotes::ask(const registry_event::quote& e) {
  open o{e.from, e.spec, {}, 0, {}, e.store_room};
  if (core_.draining)
    return refuse(std::move(o), refusals::stopping());
  if (const auto* view = core_.jobs.find_identical(core_.now, e.spec->identity)) {
    o.told.answer = job_admission::identical_to(*view);
    // Of a job on its way in it is not sure that it will be there.
    if (core_.jobs.view(core_.now, view->id) == nullptr)
      o.told.answer.id.clear();
    auto& needed = o.told.needed.emplace();
    needed.refused = refused_pictures(*e.spec);
    needed.known = static_cast<std::uint32_t>(e.spec->pictures.size()) - needed.refused;
    return answer(std::move(o));
  }
  recall(std::move(o));
}

void job_quotes::recall(open o) {
  o.asked_store = core_.recent.take();
  auto keys = o.spec->recognition_keys;
  core_.command(registry_command::recall{next(std::move(o)), std::move(keys)});
}

bool job_quotes::recalled(const registry_event::recalled& e) {
  auto o = take(e.to);
  if (!o)
    return false;
  auto known = e.known.value_or(recognitions{});
  const bool is_known = e.known && core_.recent.complete(o->asked_store, o->spec->recognition_keys, known);
  core_.recent.give_back(o->asked_store);
  if (!is_known) {
    if (e.known)
      recall(std::move(*o));
    else
      refuse(std::move(*o), refusals::store_fails());
    return true;
  }
  add_own_texts(*o->spec, known);
  const auto to_send = pictures_to_send(*o->spec, known);
  const auto found = places_for(*o->spec, to_send);
  const auto calls = found.new_calls.size();
  o->boards = seats_.reservations_of(found);
  auto& needed = o->told.needed.emplace();
  needed.known = static_cast<std::uint32_t>(std::ranges::count_if(known, [](const auto& r) { return r != nullptr; }));
  needed.sent = static_cast<std::uint32_t>(to_send.size());
  needed.refused = refused_pictures(*o->spec);
  needed.repeated = static_cast<std::uint32_t>(o->spec->pictures.size()) - needed.known - needed.sent - needed.refused;
  needed.riding = static_cast<std::uint32_t>(found.riding.size());
  // What would stand by is taken to join the calls that are on their way in.
  needed.joining = static_cast<std::uint32_t>(found.stand_by ? needed.sent - needed.riding : found.joining.size());
  needed.calls = static_cast<std::uint32_t>(calls);
  needed.price = needed.calls * core_.setup.engine.call_price;
  if (auto refused = job_admission::refused_at_once(core_, *o->spec, o->store_room))
    refuse(std::move(*o), std::move(*refused));
  else if (needed.sent != 0 && core_.stopped && core_.stopped->refuses_jobs)
    refuse(std::move(*o), refusals::stopped(*core_.stopped));
  else if (!job_admission::has_room(core_, seats_, calls))
    refuse(std::move(*o), refusals::queue_full(room::full, owner_name{}));
  else
    core_.command(registry_command::ask_store{next(std::move(*o))});
  return true;
}

bool job_quotes::store_told(const registry_event::store_told& e) {
  auto o = take(e.to);
  if (!o)
    return false;
  if (!e.works)
    refuse(std::move(*o), refusals::store_fails());
  else if (o->told.needed->sent == 0)
    answer(std::move(*o));
  else if (const auto& owner = o->spec->owner; lines_.turn_of(owner) != waiting_lines::turn::ask)
    denied(std::move(*o), lines_.denial(owner), refusals::behind_others(lines_.denial(owner)));
  else if (o->told.needed->calls == 0)
    check(std::move(*o));
  else
    core_.command(registry_command::ask_breaker{next(std::move(*o))});
  return true;
}

seating::places job_quotes::places_for(const job_spec& spec, const picture_indices& to_send) const {
  if (!sieve_.sifts(spec))
    return seats_.find({}, spec, to_send);
  seating::places all_new;
  all_new.new_calls = core_.plan(spec, to_send);
  return all_new;
}

void job_quotes::check(open o) {
  demand wanted{{o.spec->owner}, 1, o.told.needed->calls, std::move(o.boards)};
  if (sieve_.sifts(*o.spec)) {
    wanted.jobs_beside = sieve_.expected_jobs();
    wanted.calls_beside = sieve_.expected_calls();
  }
  core_.command(registry_command::check{next(std::move(o)), std::move(wanted)});
}

void job_quotes::denied(open o, const admission& answered, submission refused) const {
  if (answered.refused == ec::job_too_large || !job_admission::is_patient(*o.spec))
    return refuse(std::move(o), std::move(refused));
  if (const auto there = lines_.has_room(o.spec->owner); there != room::yes) {
    auto full = refusals::queue_full(there, o.spec->owner);
    return refuse(std::move(o), std::move(full));
  }
  o.told.waits_in_line = true;
  o.told.answer.usage = answered.usage;
  answer(std::move(o));
}

bool job_quotes::breaker_told(const registry_event::breaker_told& e) {
  auto o = take(e.to);
  if (!o)
    return false;
  if (e.status.mode == breaker_mode::open) {
    refuse(std::move(*o), refusals::breaker_open(e.status));
    return true;
  }
  check(std::move(*o));
  return true;
}

bool job_quotes::checked(const registry_event::reserved& e) {
  auto o = take(e.to);
  if (!o)
    return false;
  const auto& told = e.answer;
  if (!told.granted()) {
    denied(std::move(*o), told, refusals::limited(told));
    return true;
  }
  o->told.answer.usage = told.usage;
  answer(std::move(*o));
  return true;
}

std::optional<job_quotes::open> job_quotes::take(question q) {
  auto node = asked_.extract(q);
  return node.empty() ? std::nullopt : std::optional{std::move(node.mapped())};
}

question job_quotes::next(open o) {
  const auto as = core_.next_question();
  asked_.emplace(as, std::move(o));
  return as;
}

void job_quotes::refuse(open o, submission why) const {
  o.told.answer = std::move(why);
  answer(std::move(o));
}

void job_quotes::answer(open o) const {
  core_.command(registry_command::answer{o.from, std::move(o.told)});
}

} // namespace glyphgate
