// Who rides where, and who pays for it.
#include "failure.hpp"
#include "sieve_double.hpp"
#include "support/file_of.hpp"
#include "truth.hpp"

#include <algorithm>
#include <cmath>

namespace glyphgate::simulation {

namespace {

[[noreturn]] void fail(const std::string& what) {
  throw life_failed{what};
}

std::string name_of(call_id call) {
  return "call " + std::to_string(call);
}

std::string name_of(const rider& who) {
  return "picture " + std::to_string(who.position) + " of job " + who.job;
}

bool is_own(const picture_outcome& o, const picture& p, const std::vector<std::string>& hints) {
  const auto right = expected(file_of(p), hints, engines.front());
  return !right.error.empty() && o.error == right.error;
}

} // namespace

digest truth::key_of(const rider& who) const {
  const auto& spec = *row_of(who).accepted.spec;
  return recognition_key(plan_.scope_for(spec.owner, *present_), spec.language_hints,
                         spec.pictures[who.position].content);
}

bool truth::may_have_left(const job_id& id) const {
  const auto job = jobs_.find(id);
  return job == jobs_.end() || !job->second.told || job->second.deletion_asked;
}

void truth::departs(const planned_call& call) {
  auto aboard = db_.riders(call.id);
  const auto pays = [&](const rider& who) {
    return std::ranges::any_of(*call.shares, [&](const job_share& s) { return s.job == who.job; });
  };
  for (const auto& who : aboard)
    if (!pays(who) && !may_have_left(who.job))
      fail(name_of(who) + " is aboard " + name_of(call.id) + ", which departs, and does not pay");
  std::erase_if(aboard, [&](const rider& who) { return !pays(who); });
  for (const auto& share : *call.shares)
    if (std::ranges::find(aboard, share.job, &rider::job) == aboard.end())
      fail("job " + share.job + " pays for " + name_of(call.id) + ", and is not aboard as it departs");
  check_seats(call, aboard);
  check_load(call);
  check_age(call, aboard);
  check_fairness(call, aboard);
  calls_[call.id].age_from = call.age_from;
  bills_[call.reservation] = {call.price, call.shares};
}

void truth::check_seats(const planned_call& call, const riders& aboard) const {
  std::set<digest> wanted;
  for (const auto& who : aboard) {
    if (row_of(who).accepted.spec->language_hints != call.language_hints)
      fail(name_of(who) + " rides in " + name_of(call.id) + ", which has other hints");
    if (!plan_.shares_results && !plan_.owners_share_calls && owner_of(who.job) != owner_of(aboard.front().job))
      fail(name_of(who) + " rides in a call of another owner");
    wanted.insert(key_of(who));
  }
  std::set<digest> taken;
  for (std::size_t i = 0; i < call.seats.size(); ++i) {
    taken.insert(call.seats[i]);
    if (std::ranges::none_of(*call.shares, [&](const job_share& share) {
          return call.seats[i] == recognition_key(plan_.scope_for(share.owner, *present_), call.language_hints,
                                                  call.pictures.at(i).content);
        }))
      fail("a picture of " + name_of(call.id) + " sits in the seat of another");
  }
  if (taken.size() != call.seats.size() || call.pictures.size() != call.seats.size())
    fail(name_of(call.id) + " has a seat twice");
  if (wanted != taken)
    fail(name_of(call.id) + " has " + std::to_string(taken.size()) + " seats, and " + std::to_string(wanted.size()) +
         " are wanted");
}

void truth::check_load(const planned_call& call) const {
  extent load;
  for (const auto& p : call.pictures)
    load = load.with(p.info);
  if (load.images > 1 && !plan_.fits(load))
    fail(name_of(call.id) + " holds " + std::to_string(load.images) + " pictures, more than it may");
  const auto known = calls_.find(call.id);
  // Another engine gives the seats other names.
  if (plan_.shares != life_plan::sharing::off || plan_.changes_scope() || known == calls_.end())
    return;
  for (const auto& seat : call.seats)
    if (!known->second.opened_with.contains(seat))
      fail("a picture has joined " + name_of(call.id) + ", and jobs share no calls");
}

void truth::check_age(const planned_call& call, const riders& aboard) const {
  auto oldest = timestamp::max() - settings_.jobs.max_age;
  for (const auto& who : aboard) {
    const auto& row = row_of(who);
    // From when it counts is on its way to the store.
    if (row.engine != present_->name)
      return;
    oldest = std::min(oldest,
                      row.age_from.value_or(row.accepted.at) + row.accepted.spec->max_delay.value_or(duration::zero()));
  }
  if (call.age_from != oldest)
    fail("the age of " + name_of(call.id) + " does not count from the oldest job aboard");
}

void truth::check_fairness(const planned_call& call, const riders& aboard) const {
  double area = 0;
  std::map<digest, double> area_of;
  std::map<digest, double> riders_of;
  for (std::size_t i = 0; i < call.seats.size(); ++i)
    area += area_of[call.seats[i]] = static_cast<double>(call.pictures[i].info.pixels());
  for (const auto& who : aboard)
    ++riders_of[key_of(who)];
  struct part {
    double of_call = 0;
    double seats = 0;
  };
  std::map<job_id, part> fair;
  for (const auto& who : aboard) {
    const auto seat = key_of(who);
    fair[who.job].of_call += area_of[seat] / area / riders_of[seat];
    ++fair[who.job].seats;
  }
  for (const auto& [job, pays, owner] : *call.shares) {
    if (owner != row_of({job, 0}).accepted.spec->owner)
      fail("job " + job + " pays for another owner");
    const auto& own = fair.at(job);
    // Rounded once a seat and once a rider.
    const auto is_off = [&](double paid, double whole) {
      return std::abs(paid - own.of_call * whole) >= 2 * own.seats;
    };
    if (is_off(static_cast<double>(pays.calls), static_cast<double>(whole_call)) ||
        is_off(static_cast<double>(pays.price), static_cast<double>(call.price)))
      fail("job " + job + " pays " + std::to_string(pays.price) + " for " + name_of(call.id) +
           ", and its fair part is " + std::to_string(own.of_call * static_cast<double>(call.price)));
  }
  if (fair.size() != call.shares->size())
    fail("a job pays twice for " + name_of(call.id));
}

void truth::check_bill(reservation_id id, micro_dollars price, const std::vector<job_share>& shares) const {
  cost sum;
  for (const auto& share : shares)
    sum += share.pays;
  if (!(sum == cost{whole_call, price}))
    fail("the shares of reservation " + std::to_string(id) + " add up to " + std::to_string(sum.calls) +
         " millionths of a call and " + std::to_string(sum.price) + " of " + std::to_string(price));
  const auto known = bills_.find(id);
  if (known == bills_.end() || known->second.price != price || *known->second.shares != shares)
    fail("others pay for reservation " + std::to_string(id) + " than were aboard as its call departed");
}

void truth::check_wanted(const job_spec& spec, std::uint32_t position) {
  if (const auto& p = spec.pictures[position]; !p.refused.empty())
    fail("picture " + p.id + " was refused, and is to be sent");
}

void truth::note_boardings(const job_spec& spec, std::span<const boarding> aboard) {
  for (const auto& b : aboard) {
    for (const auto i : b.pictures)
      check_wanted(spec, i);
    if (!b.opens)
      continue;
    auto& call = calls_[b.call] = {};
    call.origin = b.call;
    families_[b.call] = 1;
    for (const auto i : b.pictures)
      call.opened_with.insert(spec.recognition_keys[i]);
  }
}

void truth::about_to(const split_call& t) {
  const auto call = db_.calls().find(t.call);
  if (call == db_.calls().end() || call->second.closed || call->second.attempt != t.attempt)
    return;
  const auto origin = call->second.origin;
  std::map<digest, call_id> part_of;
  for (const auto& part : t.parts) {
    auto& opened = calls_[part.id] = {};
    opened.origin = origin;
    opened.opened_with = {part.seats.begin(), part.seats.end()};
    for (const auto& seat : part.seats)
      if (!part_of.emplace(seat, part.id).second)
        fail(name_of(t.call) + " is split, and two parts have the same seat");
    if (part.seats.empty())
      fail(name_of(t.call) + " is split, and a part has no seat");
  }
  families_[origin] += static_cast<std::uint32_t>(t.parts.size());
  for (const auto& who : db_.riders(t.call))
    if (!part_of.contains(row_of(who).accepted.spec->recognition_keys[who.position]) && !may_have_left(who.job))
      fail(name_of(who) + " is in no part of " + name_of(t.call) + ", which is split");
}

void truth::about_to(const close_call& t, timestamp now) {
  const auto call = db_.calls().find(t.call);
  if (call == db_.calls().end() || call->second.closed || call->second.attempt != t.attempt)
    return;
  std::map<digest, picture_outcome> outcomes;
  for (const auto& [seat, outcome] : t.outcomes)
    if (!outcomes.emplace(seat, outcome).second)
      fail(name_of(t.call) + " has two outcomes for a seat");
  for (const auto& who : db_.riders(t.call)) {
    const auto seat = row_of(who).accepted.spec->recognition_keys[who.position];
    if (const auto found = outcomes.find(seat); found != outcomes.end())
      note_outcome(who, found->second, seat, t.call, now);
    else if (!may_have_left(who.job))
      fail(name_of(who) + " rides in " + name_of(t.call) + ", which is closed without an outcome for it");
  }
}

void truth::note_outcome(const rider& who, const picture_outcome& o, const digest& seat, call_id call, timestamp now) {
  const auto& spec = *row_of(who).accepted.spec;
  const auto& read = calls_[call].read;
  if (o.recognised) {
    const auto said = read.find(seat);
    if (said == read.end() || !said->second.recognised || *said->second.recognised != *o.recognised)
      fail(name_of(who) + " has a text that the engine did not read in its seat of " + name_of(call));
  } else if (!is_own(o, spec.pictures[who.position], spec.language_hints)) {
    check_error(call, o, now);
  }
  jobs_[who.job].decided[who.position] = o;
}

void truth::check_error(call_id call, const picture_outcome& o, timestamp now) const {
  const auto bad = [&](const std::string& why) {
    fail(name_of(call) + " comes to the error \"" + o.error + "\", " + why);
  };
  const auto known = calls_.find(call);
  const auto c = known == calls_.end() ? call_truth{} : known->second;
  const auto says = [&](std::string_view text) { return o.error.find(text) != std::string::npos; };
  const bool interrupted = says(" interruptions: ");
  if (o.may_pass == interrupted)
    bad(interrupted ? "which is said to pass" : "which is not said to pass");
  if (interrupted) {
    if (c.alone_in_ends < settings_.jobs.max_interruptions)
      bad("and was alone in " + std::to_string(c.alone_in_ends) + " ends");
  } else if (says(" attempts: ")) {
    if (c.paid_failures < settings_.jobs.max_attempts && c.failures_here < settings_.jobs.max_attempts)
      bad("and failed " + std::to_string(c.paid_failures) + " times, and the service " +
          std::to_string(c.failures_here) + " times");
  } else if (says("leaves no other attempt")) {
    if (denials_ == 0)
      bad("and no limit was in the way");
  } else if (says("waited longer than a job may")) {
    const auto is_old = [&](const rider& who) {
      const auto& row = row_of(who);
      return row.age_from.value_or(row.accepted.at) + row.accepted.spec->max_delay.value_or(duration::zero()) +
                 settings_.jobs.max_age <=
             now;
    };
    // Who was aboard as it departed may have left.
    const bool departed_old = c.age_from <= now - settings_.jobs.max_age;
    if (!departed_old && std::ranges::none_of(db_.riders(call), is_old))
      bad("and nobody aboard is that old");
  } else if (says("the engine refuses the service's account")) {
    if (!c.account_refused)
      bad("and the account was not refused");
  } else if (says("the call may be split no further")) {
    const auto family = families_.find(c.origin);
    if (family == families_.end() || family->second + 1 <= settings_.jobs.max_split_calls)
      bad("and it may");
  } else {
    bad("which is not its own");
  }
}

// The line.

void truth::posted(std::shared_ptr<const job_spec> spec) {
  if (spec->key)
    keys_[{spec->owner, spec->key->text}].requests.insert(spec->key->request);
  posted_.emplace(std::move(spec), ++moments_);
}

timestamp truth::line_until(const job_row& row) const {
  const auto delay = row.accepted.spec->max_delay.value_or(duration::zero());
  const auto too_old = row.age_from.value_or(row.accepted.at) + delay + settings_.jobs.max_age;
  const auto since = std::max(row.accepted.at, row.sifted_at.value_or(row.accepted.at));
  return delay > duration::zero() ? std::min(since + delay, too_old) : too_old;
}

bool truth::stood_before(const job_truth& one, const job_truth& other) {
  if (one.sifted_at == 0 && other.sifted_at == 0)
    return one.arrival < other.arrival;
  // Who was sifted stands there a little before that is durable, and who was accepted a little after.
  return std::max(one.told_at, one.sifted_at) < other.accepted_at;
}

bool truth::surely_in_line(const job_id& id, timestamp now) const {
  const auto& row = db_.jobs().at(id);
  // One that was accepted for another engine waits for that first.
  return !row.end && !row.accepted.waiting.empty() && row.engine == present_->name && !may_have_left(id) &&
         !row.waiting().empty() && !row.sifting && now < line_until(row);
}

bool truth::was_read(const digest& key) const {
  return std::ranges::any_of(jobs_, [&](const auto& job) {
    const auto row = db_.jobs().find(job.first);
    return row != db_.jobs().end() && std::ranges::any_of(job.second.decided, [&](const auto& decided) {
             return row->second.accepted.spec->recognition_keys[decided.first] == key &&
                    row->second.outcomes[decided.first].recognised;
           });
  });
}

void truth::check_unknown(const job_id& id, const job_spec& spec, std::span<const boarding> aboard) const {
  // Another engine gives pictures other names.
  if (plan_.changes_scope())
    return;
  for (const auto& b : aboard) {
    const auto seats = db_.seats(b.call);
    for (const auto i : b.pictures)
      if (const auto& key = spec.recognition_keys[i]; !std::ranges::binary_search(seats, key) && was_read(key))
        fail(name_of(rider{id, i}) + " takes a seat in " + name_of(b.call) + ", and was read before");
  }
}

void truth::about_to(const accept_job& t, timestamp now) {
  if (t.aboard.empty())
    return;
  check_unknown(t.id, *t.spec, t.aboard);
  const auto posted = posted_.find(t.spec);
  if (posted == posted_.end())
    return fail("nobody posted job " + t.id);
  for (const auto& [id, row] : db_.jobs())
    if (row.accepted.spec->owner == t.spec->owner && surely_in_line(id, now) &&
        std::max(jobs_.at(id).told_at, jobs_.at(id).sifted_at) < posted->second)
      fail("job " + t.id + " overtakes job " + id + ", which waits in line");
}

void truth::about_to(const board_job& t, timestamp now) {
  const auto own = jobs_.find(t.id);
  const auto row = db_.jobs().find(t.id);
  if (row == db_.jobs().end() || row->second.end)
    return;
  if (row->second.waiting().empty() || row->second.sifting)
    fail("job " + t.id + " boards, and does not wait in line");
  check_unknown(t.id, *row->second.accepted.spec, t.aboard);
  // Who waited for another engine joins the line behind the others.
  if (plan_.changes_engine)
    return;
  for (const auto& [id, other] : db_.jobs())
    if (other.accepted.spec->owner == row->second.accepted.spec->owner && surely_in_line(id, now) &&
        stood_before(jobs_.at(id), own->second))
      fail("job " + t.id + " boards before job " + id + ", which came earlier");
}

void truth::about_to(const sift_job& t) {
  const auto found = db_.jobs().find(t.id);
  if (found == db_.jobs().end() || found->second.end)
    return;
  const auto& row = found->second;
  const auto& spec = *row.accepted.spec;
  if (!row.sifting || std::ranges::any_of(row.aboard, [](call_id c) { return c != 0; }))
    fail("job " + t.id + " is sifted, and is not to be");
  const auto waiting = row.waiting();
  std::set<std::uint32_t> done;
  for (const auto& [position, key, read] : t.answered) {
    const auto& p = spec.pictures.at(position);
    const auto name = name_of(rider{t.id, position});
    if (!std::ranges::binary_search(waiting, position) || !done.insert(position).second)
      fail(name + " is answered, and does not wait");
    if (!is_read_here(*read, file_of(p)))
      fail(name + " is answered with \"" + text_of(*read) + "\"");
    if (key != spec.recognition_keys[position] || !answers_here(*present_) ||
        key != recognition_key(plan_.scope_for(spec.owner, *present_), spec.language_hints, p.content))
      fail(name + " is answered, and that is remembered as another engine's");
  }
  for (const auto& [position, earlier] : t.repeats) {
    const auto name = name_of(rider{t.id, position});
    if (!spec.near_duplicates || earlier >= position || !done.insert(position).second)
      fail(name + " repeats another, and may not");
    if (!show_the_same(file_of(spec.pictures.at(position)), file_of(spec.pictures.at(earlier))))
      fail(name + " is to repeat a picture that shows something else");
    if (std::ranges::find(t.repeats, earlier, &repeated_picture::first) != t.repeats.end())
      fail(name + " repeats a picture that repeats another");
  }
}

void truth::was(const sift_job& t) {
  jobs_[t.id].sifted_at = ++moments_;
}

void truth::about_to(const give_up_waiting& t, timestamp now) {
  const auto row = db_.jobs().find(t.id);
  if (row == db_.jobs().end() || row->second.end)
    return;
  const auto& job = row->second;
  const auto account = books_.of(t.id);
  if (account.attempts != 0 || !(account.paid == cost{}))
    fail("job " + t.id + " finds no room in time, and has paid " + std::to_string(account.paid.price));
  if (std::ranges::any_of(job.aboard, [](call_id c) { return c != 0; }) || job.waiting().empty())
    fail("job " + t.id + " gives up waiting, and does not wait in line");
  if (now < line_until(job))
    fail("job " + t.id + " gives up waiting before its patience is over");
  jobs_[t.id].gave_up = t.error;
}

} // namespace glyphgate::simulation
