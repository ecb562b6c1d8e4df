#include "core/write_queue.hpp"

#include <iterator>
#include <utility>

namespace glyphgate {

namespace {

constexpr duration retry_interval = std::chrono::seconds{1};
/// More would make one client wait for another's work for too long.
constexpr std::size_t units_in_a_commit = 1000;
/// Where two units in a row fail by themselves it is the store: each further try might wait for another process's lock.
constexpr std::size_t failures_of_the_store = 2;

} // namespace

std::vector<any_write_command> write_queue::step(timestamp now, const any_write_event& event) {
  now_ = now;
  std::visit([this](const auto& e) { on(e); }, event);
  return std::exchange(commands_, {});
}

void write_queue::on(const write_event::offer& e) {
  // While the store fails, an offer would only wait behind what failed; the first one of a store that has nothing to do
  // tries it.
  if (wake_at_ && (committing_ || !waiting_.empty())) {
    commands_.emplace_back(write_command::answer{e.from, std::nullopt});
    return;
  }
  add({e.from, e.unit, true});
}

void write_queue::on(const write_event::record& e) {
  add({e.from, e.unit, false});
}

void write_queue::add(unit u) {
  waiting_.push_back(std::move(u));
  const bool blocked = wake_at_ && (committing_ || !waiting_.front().is_offer);
  if (!committing_ && !blocked)
    gather();
}

void write_queue::gather() {
  if (std::exchange(gathering_, true))
    return;
  commands_.emplace_back(write_command::gather{});
}

void write_queue::on(const write_event::gathered&) {
  gathering_ = false;
  if (!committing_)
    start();
}

void write_queue::start() {
  if (waiting_.empty())
    return;
  const auto count = one_by_one_ != 0 ? std::size_t{1} : std::min(waiting_.size(), units_in_a_commit);
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
  under_way_.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  ++last_;
  send();
}

void write_queue::send() {
  committing_ = true;
  wake_at_.reset();
  write_command::commit c{last_, {}};
  for (const auto& u : under_way_)
    c.units.push_back(u.transactions);
  commands_.emplace_back(std::move(c));
}

void write_queue::on(const write_event::committed& e) {
  committing_ = false;
  note(true, {});
  failed_alone_ = 0;
  if (one_by_one_ != 0)
    --one_by_one_;
  auto first = e.verdicts.begin();
  for (const auto& u : std::exchange(under_way_, {})) {
    const auto last = first + static_cast<std::ptrdiff_t>(u.transactions->size());
    commands_.emplace_back(write_command::answer{u.from, verdicts{first, last}});
    first = last;
  }
  if (!waiting_.empty())
    one_by_one_ != 0 ? start() : gather();
}

void write_queue::on(const write_event::failed& e) {
  committing_ = false;
  note(false, e.reason);
  const auto units = under_way_.size();
  waiting_.insert(waiting_.begin(), std::make_move_iterator(under_way_.begin()),
                  std::make_move_iterator(under_way_.end()));
  under_way_.clear();
  if (units > 1) {
    one_by_one_ = units;
    return start();
  }
  if (one_by_one_ != 0)
    --one_by_one_;
  ++failed_alone_;
  const bool was_offer = units == 1 && waiting_.front().is_offer;
  if (was_offer) {
    commands_.emplace_back(write_command::answer{waiting_.front().from, std::nullopt});
    waiting_.pop_front();
    if (one_by_one_ != 0 && failed_alone_ < failures_of_the_store)
      return start();
  }
  one_by_one_ = 0;
  refuse_offers();
  try_later();
}

void write_queue::on(const write_event::unknown& e) {
  note(false, e.reason);
  try_later();
}

void write_queue::on(const write_event::store_failed& e) {
  note(false, e.reason);
  if (!committing_ && !wake_at_)
    try_later();
}

void write_queue::refuse_offers() {
  std::erase_if(waiting_, [this](const unit& u) {
    if (u.is_offer)
      commands_.emplace_back(write_command::answer{u.from, std::nullopt});
    return u.is_offer;
  });
}

void write_queue::try_later() {
  wake_at_ = now_ + retry_interval;
}

void write_queue::on(const write_event::time_passed&) {
  if (!wake_at_ || now_ < *wake_at_)
    return;
  wake_at_.reset();
  if (committing_)
    return send();
  if (!waiting_.empty())
    return start();
  // While the store fails nothing may reach it, as /readyz keeps clients away: an empty commit finds out when it works
  // again.
  ++last_;
  send();
}

void write_queue::note(bool works, const std::string& reason) {
  if (works == std::exchange(works_, works))
    return;
  if (works)
    commands_.emplace_back(log_entry{log_level::info, "store_works_again", {}});
  else
    commands_.emplace_back(log_entry{log_level::error, "store_failed", {{"reason", reason}}});
}

} // namespace glyphgate
