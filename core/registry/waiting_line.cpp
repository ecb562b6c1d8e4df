#include "core/registry/waiting_line.hpp"

#include "core/limits/limit_name.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace glyphgate {

namespace {

constexpr const char* no_room_error = "the limits had no room for the job within its max_delay_seconds";
constexpr const char* no_room_ever_error = "the limits had no room for the job for as long as a job may wait";

} // namespace

void waiting_line::add(const job_id& id) {
  line_.push_back(id);
  core_.to_do.at(core_.jobs.line_until(id), registry_task::give_up{id});
}

admission waiting_line::denial() const {
  auto told = latest_denial_.value_or(admission{});
  told.refused = ec::rate_limited;
  // The first one boards or gives up by then.
  const auto patience = core_.jobs.line_until(line_.front()) - core_.now;
  told.retry_after = std::max<duration>(std::chrono::seconds{1}, std::min(told.retry_after, patience));
  return told;
}

void waiting_line::reset() {
  at_ = stage::nothing;
  core_.recent.give_back(asked_store_);
  seats_.expect_none(line_.front());
}

void waiting_line::leave(const job_id& id) {
  const auto found = std::ranges::find(line_, id);
  if (found == line_.end())
    return;
  if (found == line_.begin()) {
    // What it boards is on its way to the store: see `boarded`.
    if (at_ == stage::commit)
      return;
    reset();
  }
  core_.keep_on(id);
  line_.erase(found);
  forget_denial_if_empty();
}

void waiting_line::forget_denial_if_empty() {
  if (!line_.empty())
    return;
  latest_denial_.reset();
  core_.calls_moved = true;
}

void waiting_line::go_on(bool calls_moved, bool room_made) {
  if ((at_ == stage::others && calls_moved) || (at_ == stage::time && room_made))
    at_ = stage::nothing;
  room_made_meanwhile_ |= room_made && at_ == stage::limiter;
  if (line_.empty() || at_ != stage::nothing || core_.draining)
    return;
  core_.recent.give_back(std::exchange(asked_store_, core_.recent.take()));
  core_.command(registry_command::recall{ask(stage::store), keys_of(core_.jobs.waiting(line_.front()))});
}

std::vector<digest> waiting_line::keys_of(const picture_indices& pictures) const {
  const auto spec = core_.jobs.spec(line_.front());
  std::vector<digest> keys;
  keys.reserve(pictures.size());
  for (const auto i : pictures)
    keys.push_back(spec->recognition_keys[i]);
  return keys;
}

bool waiting_line::learn() {
  const auto waiting = core_.jobs.waiting(line_.front());
  recognitions known(waiting.size());
  for (std::size_t i = 0; i < waiting.size(); ++i)
    if (const auto found = std::ranges::find(known_, waiting[i], &known_pictures::value_type::first);
        found != known_.end())
      known[i] = found->second;
  if (!core_.recent.complete(asked_store_, keys_of(waiting), known))
    return false;
  known_.clear();
  for (std::size_t i = 0; i < waiting.size(); ++i)
    if (known[i])
      known_.emplace_back(waiting[i], known[i]);
  return true;
}

question waiting_line::ask(stage s) {
  at_ = s;
  asked_ = core_.next_question();
  return asked_;
}

void waiting_line::wait(duration delay) {
  at_ = stage::time;
  core_.recent.give_back(asked_store_);
  seats_.expect_none(line_.front());
  // Who stands by until this one knows may know, too.
  core_.calls_moved = true;
  core_.later(delay, registry_task::try_line{owner_, ++waits_});
}

void waiting_line::run(const registry_task::try_line& t) {
  if (at_ == stage::time && t.wait == waits_)
    at_ = stage::nothing;
}

bool waiting_line::recalled(const registry_event::recalled& e) {
  if (!answers(e.to, stage::store))
    return false;
  if (!e.known) {
    wait(store_delay);
    return true;
  }
  known_.clear();
  const auto waiting = core_.jobs.waiting(line_.front());
  for (std::size_t i = 0; i < waiting.size(); ++i)
    if (const auto& known = (*e.known)[i])
      known_.emplace_back(waiting[i], known);
  plan();
  return true;
}

seating::places waiting_line::find() const {
  const auto& id = line_.front();
  auto to_send = core_.jobs.waiting(id);
  std::erase_if(to_send, [this](std::uint32_t i) {
    return std::ranges::any_of(known_, [i](const auto& known) { return known.first == i; });
  });
  return seats_.find(id, *core_.jobs.spec(id), to_send);
}

void waiting_line::plan() {
  if (!learn())
    return reset();
  const auto found = find();
  if (found.stand_by) {
    at_ = stage::others;
    return;
  }
  riding_ = found.riding;
  if (found.riding.empty() && found.joining.empty() && found.new_calls.empty())
    return board({});
  seats_.expect(line_.front(), *core_.jobs.spec(line_.front()), found.new_calls);
  boards_ = seats_.reservations_of(found);
  room_made_meanwhile_ = false;
  core_.command(registry_command::reserve{ask(stage::limiter),
                                          {{owner_}, 1, static_cast<std::uint32_t>(found.new_calls.size()), boards_}});
}

bool waiting_line::reserved(const registry_event::reserved& e) {
  if (!answers(e.to, stage::limiter))
    return false;
  if (e.answer.granted()) {
    board(e.answer);
  } else {
    latest_denial_ = e.answer;
    if (std::exchange(room_made_meanwhile_, false)) {
      // The limiter may have answered before it knew.
      reset();
      return true;
    }
    // When the window opens, and not later: the patience of the next ones may end soon after. Where that comes to
    // nothing, not before a second has passed.
    const bool soon = e.answer.retry_after < std::chrono::seconds{1} && !std::exchange(asked_soon_, true);
    asked_soon_ &= soon;
    wait(soon ? std::max<duration>(e.answer.retry_after, std::chrono::milliseconds{1}) : wait_for_room(e.answer));
  }
  return true;
}

void waiting_line::board(const admission& granted) {
  const auto id = line_.front();
  const auto before = known_.size();
  const bool is_same = learn() && known_.size() == before;
  const auto found = find();
  if (!is_same || found.stand_by || found.has_lost(riding_) || found.new_calls.size() > granted.calls ||
      seats_.has_other_reservations(found, boards_)) {
    // The calls that it was to join have gone: it asks anew.
    core_.command(registry_command::revoke{granted});
    return reset();
  }
  core_.recent.give_back(asked_store_);
  core_.release(granted, found.new_calls.size());
  seats_.expect(id, *core_.jobs.spec(id), found.new_calls);
  aboard_ = seats_.board(id, *core_.jobs.spec(id), found, granted.first);
  core_.jobs.know_late(id, known_);
  at_ = stage::commit;
  const auto at = granted.calls + granted.jobs == 0 ? core_.now : granted.at;
  store_.record({board_job{id, at, aboard_, known_, core_.setup.engine.call_price}}, after_record::boarded{id});
}

void waiting_line::boarded(const after_record::boarded& done) {
  reset();
  core_.keep_on(done.id);
  line_.pop_front();
  forget_denial_if_empty();
  if (!core_.jobs.in_line(done.id)) {
    // It was cancelled meanwhile.
    if (auto unit = calls_.discard(aboard_); !unit.empty())
      store_.record(std::move(unit));
    return;
  }
  const auto calls = seats_.confirm(done.id, aboard_);
  core_.jobs.leave_line(done.id);
  for (const auto call : calls)
    calls_.boarded(call, done.id);
  if (core_.jobs.end_if_decided(core_.now, done.id))
    endings_.end({done.id});
}

void waiting_line::run(const registry_task::give_up& t) {
  const bool boards = at_ == stage::commit && line_.front() == t.id;
  if (!core_.jobs.in_line(t.id) || boards)
    return;
  const bool was_patient = core_.jobs.spec(t.id)->max_delay.value_or(duration::zero()) > duration::zero();
  const bool no_key = latest_denial_ && latest_denial_->no_key;
  const std::string error = no_key ? why_denied(*latest_denial_) : was_patient ? no_room_error : no_room_ever_error;
  core_.jobs.give_up_waiting(t.id, error);
  leave(t.id);
  if (core_.jobs.end_if_decided(core_.now, t.id))
    endings_.end({t.id}, {give_up_waiting{t.id, error}});
}

} // namespace glyphgate
