#include "truth.hpp"

#include "failure.hpp"

#include <algorithm>

namespace glyphgate::simulation {

namespace {

[[noreturn]] void fail(const std::string& what) {
  throw life_failed{what};
}

bool is_own(const picture_outcome& o, const picture& p, const std::vector<std::string>& hints) {
  const auto right = expected(*p.bytes, hints, engines.front());
  return !right.error.empty() && o.error == right.error;
}

bool asks_for_the_same(const job_spec& a, const job_spec& b) {
  return a.language_hints == b.language_hints &&
         std::ranges::equal(a.pictures, b.pictures,
                            [](const auto& p, const auto& q) { return p.id == q.id && p.content == q.content; });
}

bool has_passing_failure(const store::memory_store::job_row& job) {
  for (std::size_t i = 0; i < job.outcomes.size(); ++i)
    if (job.outcomes[i].may_pass && !job.outcomes[i].recognised)
      return true;
  return false;
}

} // namespace

void truth::about_to_apply(const transaction& t) const {
  const auto refunded = [&](reservation_id id) {
    const auto spend = db_.spends().find(id);
    const bool open =
        spend != db_.spends().end() && (spend->second.state == store::memory_store::spend_state::reserved ||
                                        spend->second.state == store::memory_store::spend_state::begun);
    if (open && engine_.left(id))
      fail("the call of reservation " + std::to_string(id) + " has left, and its spend is given back");
  };
  if (const auto* released = std::get_if<release_spend>(&t))
    refunded(released->reservation);
  else if (const auto* taken = std::get_if<carry_over_spend>(&t))
    refunded(taken->reservation);
  else if (const auto* forgotten = std::get_if<forget_job>(&t)) {
    const auto job = jobs_.find(forgotten->id);
    const auto row = db_.jobs().find(forgotten->id);
    if (row == db_.jobs().end() || job == jobs_.end() || !job->second.told || job->second.deletion_asked)
      return;
    if (!row->second.end)
      fail("job " + forgotten->id + " is forgotten before it has ended");
  }
}

void truth::applied(const transaction& t, timestamp now, duration to_true) {
  if (const auto* accepted = std::get_if<accept_job>(&t)) {
    jobs_[accepted->id].spec = accepted->spec;
    if (!accepted->calls.empty())
      accepted_[accepted->id] = accepted->at + to_true;
  } else if (const auto* ended = std::get_if<end_job>(&t)) {
    jobs_[ended->end.id].expires_at = ended->end.expires_at;
    check_end(ended->end, now);
  } else if (const auto* forgotten = std::get_if<forget_job>(&t)) {
    auto& job = jobs_[forgotten->id];
    if (job.told && !job.deletion_asked && !(job.expires_at && *job.expires_at <= now))
      fail("job " + forgotten->id + " is forgotten, and nobody asked for it");
    job.forgotten = true;
  } else if (std::holds_alternative<begin_attempt>(t)) {
    check_suspects();
  } else if (const auto* settled = std::get_if<settle_spend>(&t)) {
    is_over(settled->reservation);
  } else if (const auto* released = std::get_if<release_spend>(&t)) {
    is_over(released->reservation);
  } else if (const auto* retry = std::get_if<reserve_retry>(&t)) {
    if (!retry->suspect)
      calls_[name_of(retry->key)].alone_in_ends = 0;
  } else if (const auto* taken = std::get_if<carry_over_spend>(&t)) {
    calls_[name_of(taken->key)].alone_in_ends = 0;
    is_over(taken->reservation);
  }
}

void truth::is_over(reservation_id id) {
  if (const auto spend = db_.spends().find(id); spend != db_.spends().end())
    calls_[name_of(spend->second.key)].suspect = false;
}

std::vector<std::string> truth::begun() const {
  std::vector<std::string> calls;
  for (const auto& [id, spend] : db_.spends())
    if (spend.state == store::memory_store::spend_state::begun)
      calls.push_back(name_of(spend.key));
  return calls;
}

void truth::check_suspects() const {
  const auto calls = begun();
  if (calls.size() < 2)
    return;
  for (const auto& call : calls)
    if (const auto c = calls_.find(call); c != calls_.end() && c->second.suspect)
      fail("call " + call + " was interrupted, and is begun with another beside it");
}

void truth::process_ended() {
  std::vector<call_truth*> interrupted;
  for (const auto& call : begun())
    interrupted.push_back(&calls_[call]);
  for (auto* c : interrupted)
    c->suspect = true;
  if (interrupted.size() == 1)
    ++interrupted.front()->alone_in_ends;
}

void truth::call_ended(const planned_call& call, const call_outcome& outcome) {
  const auto* failure = std::get_if<call_failure>(&outcome);
  auto& c = calls_[name_of(call.key)];
  if (failure == nullptr || !failure->sent)
    return;
  if (failure->code == ec::account_refused)
    c.account_refused |= !failure->unprocessed;
  else if (failure->code != ec::request_rejected && !failure->unprocessed)
    ++c.paid_failures;
}

void truth::check_end(const job_end& end, timestamp now) const {
  const auto found = db_.jobs().find(end.id);
  // Ended and forgotten in one commit: nobody was told of it, or somebody wanted it gone.
  if (found == db_.jobs().end())
    return;
  const auto& job = found->second;
  const auto& spec = *job.accepted.spec;
  if (end.status == job_status::cancelled) {
    if (const auto known = jobs_.find(end.id);
        known != jobs_.end() && known->second.told && !known->second.deletion_asked)
      fail("job " + end.id + " is cancelled, and nobody asked for it");
    return;
  }
  for (std::uint32_t i = 0; i < job.outcomes.size(); ++i) {
    const auto& o = job.outcomes[i];
    const auto& p = spec.pictures[i];
    if (!o.recognised) {
      if (!is_own(o, p, spec.language_hints))
        check_error(job, i, now);
      continue;
    }
    const auto what = "job " + end.id + ": picture " + std::to_string(i) + " (" + *p.bytes + ") has the text \"" +
                      text_of(*o.recognised) + "\"";
    const auto* reader = reader_of(*o.recognised, *p.bytes, spec.language_hints);
    if (reader == nullptr)
      fail(what);
    if (spec.recognition_keys[i] != recognition_key(reader->scope, spec.language_hints, p.content))
      fail(what + ", which is remembered as another engine's");
  }
  const bool passing = has_passing_failure(job);
  if (end.repeatable == passing)
    fail("job " + end.id + " is " + (passing ? "" : "not ") + "repeatable, and " + (passing ? "a" : "no") +
         " failure in it may pass");
}

void truth::check_error(const store::memory_store::job_row& job, std::uint32_t picture, timestamp now) const {
  const auto& o = job.outcomes[picture];
  const auto& id = job.accepted.id;
  const auto bad = [&](const std::string& why) {
    fail("job " + id + ": picture " + std::to_string(picture) + " (" + *job.accepted.spec->pictures[picture].bytes +
         ") has the error \"" + o.error + "\", " + why);
  };
  // The call that had it last; one of the same content where it repeats another.
  std::uint32_t call = 0;
  bool found = false;
  const auto& pictures = job.accepted.spec->pictures;
  for (std::uint32_t c = 0; c < job.accepted.calls.size(); ++c)
    for (const auto i : job.accepted.calls[c].pictures)
      if (pictures[i].content == pictures[picture].content) {
        call = c;
        found = true;
      }
  if (!found)
    bad("and no call had it");
  const auto known = calls_.find(name_of({id, call}));
  const auto c = known == calls_.end() ? call_truth{} : known->second;
  const auto says = [&](std::string_view text) { return o.error.find(text) != std::string::npos; };
  const bool interrupted = says(" interruptions: ");
  if (o.may_pass == interrupted)
    bad(interrupted ? "which is said to pass" : "which is not said to pass");
  if (interrupted) {
    if (c.alone_in_ends < settings_.jobs.max_interruptions)
      bad("and its call was alone in " + std::to_string(c.alone_in_ends) + " ends");
  } else if (says(" attempts: ")) {
    if (c.paid_failures < settings_.jobs.max_attempts)
      bad("and its call failed " + std::to_string(c.paid_failures) + " times");
  } else if (says("leaves no other attempt")) {
    if (denials_ == 0)
      bad("and no limit was in the way");
  } else if (says("waited longer than a job may")) {
    if (now < job.accepted.at + settings_.jobs.max_age)
      bad("and is not that old");
  } else if (says("the engine refuses the service's account")) {
    if (!c.account_refused)
      bad("and the account was not refused");
  } else if (says("the job may make no more calls")) {
    if (job.calls.size() < settings_.jobs.max_split_calls && job.calls.size() < 3)
      bad("and it may");
  } else {
    bad("which is not its own");
  }
}

void truth::check_windows(timestamp at) {
  const auto check = [&](std::deque<timestamp>& window, duration span, std::uint32_t limit, const char* name) {
    window.insert(std::ranges::upper_bound(window, at), at);
    // Accepted and heard are two orders: what is far behind the last one is out of reach.
    while (window.front() + 4 * span + std::chrono::hours{1} < window.back())
      window.pop_front();
    auto first = window.begin();
    for (auto last = window.begin(); last != window.end(); ++last) {
      while (*first + span < *last)
        ++first;
      if (last - first + 1 > static_cast<std::ptrdiff_t>(limit))
        fail(std::to_string(last - first + 1) + " jobs were accepted in a " + name + ", and the limit is " +
             std::to_string(limit));
    }
  };
  check(minute_, std::chrono::minutes{1}, settings_.limits.jobs_per_minute, "minute");
  check(hour_, std::chrono::hours{1}, settings_.limits.jobs_per_hour, "hour");
}

void truth::heard(const job_spec& spec, const submission& s, timestamp now) {
  if (!s.accepted())
    return;
  auto& job = jobs_[s.id];
  if (!job.told) {
    job.told = true;
    told_.push_back(s.id);
    if (const auto at = accepted_.extract(s.id); !at.empty())
      check_windows(at.mapped());
  }
  const auto row = db_.jobs().find(s.id);
  if (row == db_.jobs().end()) {
    if (!may_be_gone(job, now))
      fail("job " + s.id + " was accepted, and the store does not have it");
    return;
  }
  if (!asks_for_the_same(*row->second.accepted.spec, spec))
    fail("job " + s.id + " is not the one that was posted");
  if (s.identical && is_final(s.status) && (has_passing_failure(row->second) || s.status == job_status::cancelled))
    fail("job " + s.id + " has a failure that may pass, and is served as identical");
}

bool truth::may_be_gone(const job_truth& job, timestamp now) const {
  return job.deletion_asked || job.forgotten || (job.expires_at && *job.expires_at <= now);
}

void truth::listed(const job_id& id) const {
  if (const auto job = jobs_.find(id); job == jobs_.end() || !job->second.spec)
    fail("job " + id + " is listed, and the store never had it");
}

void truth::not_found(const job_id& id, timestamp now) const {
  if (const auto job = jobs_.find(id); job != jobs_.end() && job->second.told && !may_be_gone(job->second, now))
    fail("job " + id + " was accepted, and is not found");
}

std::string truth::fingerprint(const job_view& view) {
  std::string text{to_string(view.status)};
  if (view.result)
    text.append(" (").append(std::to_string(view.result->api_calls)).append(" calls)");
  if (view.result)
    for (const auto& p : view.result->pictures)
      text.append("|").append(p.id).append("=").append(p.outcome.recognised ? text_of(*p.outcome.recognised)
                                                                            : "!" + p.outcome.error);
  return text;
}

void truth::viewed(const job_view& view, timestamp now) {
  if (view.pictures_done > view.pictures_total)
    fail("job " + view.id + " has " + std::to_string(view.pictures_done) + " of " +
         std::to_string(view.pictures_total) + " pictures done");
  auto& job = jobs_[view.id];
  if (!is_final(view.status)) {
    if (!job.seen.empty())
      fail("job " + view.id + " had ended, and has not");
    return;
  }
  const auto row = db_.jobs().find(view.id);
  if (row == db_.jobs().end()) {
    if (!may_be_gone(job, now))
      fail("job " + view.id + " is shown as ended, and the store does not have it");
  } else if (!row->second.end || row->second.end->status != view.status) {
    fail("job " + view.id + " is shown as ended otherwise than the store has it");
  }
  if (view.status != job_status::cancelled) {
    if (!view.result || view.result->pictures.size() != view.pictures_total)
      fail("job " + view.id + " has ended without a result");
    for (std::size_t i = 0; i < view.result->pictures.size(); ++i) {
      const auto& o = view.result->pictures[i].outcome;
      if (o.recognised ? reader_of(*o.recognised, *job.spec->pictures[i].bytes, job.spec->language_hints) == nullptr
                       : o.error.empty())
        fail("job " + view.id + ": picture " + std::to_string(i) + " is shown with a wrong outcome");
    }
  }
  auto seen = fingerprint(view);
  if (job.seen.empty())
    job.seen = std::move(seen);
  else if (job.seen != seen)
    fail("job " + view.id + " has two results: " + job.seen + " and " + seen);
}

std::size_t truth::open_spends() const {
  return static_cast<std::size_t>(std::ranges::count_if(db_.spends(), [](const auto& s) {
    return s.second.state == store::memory_store::spend_state::reserved ||
           s.second.state == store::memory_store::spend_state::begun;
  }));
}

void truth::all_settled(timestamp now) const {
  for (const auto& [id, row] : db_.jobs())
    if (!row.end)
      fail("job " + id + " does not end");
  for (const auto& id : told_)
    if (!db_.jobs().contains(id) && !may_be_gone(jobs_.at(id), now))
      fail("job " + id + " was accepted, and is gone");
  if (const auto open = open_spends(); open != 0)
    fail(std::to_string(open) + " spends are open, and no call is");
}

} // namespace glyphgate::simulation
