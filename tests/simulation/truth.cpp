#include "truth.hpp"

#include "failure.hpp"
#include "sieve_double.hpp"
#include "support/file_of.hpp"

#include <algorithm>

namespace glyphgate::simulation {

namespace {

[[noreturn]] void fail(const std::string& what) {
  throw life_failed{what};
}

bool same(const picture_outcome& a, const picture_outcome& b) {
  if (a.recognised && b.recognised)
    return *a.recognised == *b.recognised;
  return !a.recognised && !b.recognised && a.error == b.error && a.may_pass == b.may_pass;
}

bool asks_for_the_same(const job_spec& a, const job_spec& b) {
  return a.language_hints == b.language_hints && a.near_duplicates == b.near_duplicates &&
         a.keep_images == b.keep_images && std::ranges::equal(a.pictures, b.pictures, [](const auto& p, const auto& q) {
           return p.id == q.id && p.content == q.content;
         });
}

bool has_passing_failure(const store::memory_store::job_row& job) {
  for (std::size_t i = 0; i < job.outcomes.size(); ++i)
    if (job.outcomes[i].may_pass && !job.outcomes[i].recognised)
      return true;
  return false;
}

} // namespace

void truth::about_to_apply(const transaction& t, timestamp now) {
  std::visit(
      [&](const auto& one) {
        if constexpr (requires { this->about_to(one, now); })
          this->about_to(one, now);
        else if constexpr (requires { this->about_to(one); })
          this->about_to(one);
      },
      t);
}

void truth::applied(const transaction& t, timestamp now, duration to_true) {
  std::visit(
      [&](const auto& one) {
        if constexpr (requires { this->was(one, now); })
          this->was(one, now);
        else if constexpr (requires { this->was(one, to_true); })
          this->was(one, to_true);
        else if constexpr (requires { this->was(one); })
          this->was(one);
      },
      t);
}

void truth::check_refund(reservation_id id) const {
  const auto spend = db_.spends().find(id);
  const bool open = spend != db_.spends().end() && (spend->second.state == store::memory_store::spend_state::reserved ||
                                                    spend->second.state == store::memory_store::spend_state::begun);
  if (open && engine_.left(id))
    fail("the call of reservation " + std::to_string(id) + " has left, and its spend is given back");
}

void truth::about_to(const forget_job& t) {
  const auto job = jobs_.find(t.id);
  const auto row = db_.jobs().find(t.id);
  if (row == db_.jobs().end() || job == jobs_.end() || !job->second.told || job->second.deletion_asked)
    return;
  if (!row->second.end)
    fail("job " + t.id + " is forgotten before it has ended");
}

void truth::was(const accept_job& t, duration to_true) {
  auto& job = jobs_[t.id];
  job.spec = t.spec;
  job.arrival = ++arrivals_;
  job.accepted_at = ++moments_;
  if (!t.aboard.empty())
    accepted_[t.id] = t.at + to_true;
  for (const auto i : t.waiting)
    check_wanted(*t.spec, i);
  if (t.sifting && (t.waiting.empty() || !t.aboard.empty()))
    fail("job " + t.id + " is to be sifted, and has boarded or waits for nothing");
  if (t.pictures_from_cache + refused_pictures(*t.spec) > t.spec->pictures.size())
    fail("job " + t.id + " counts a picture as known that is refused");
  note_boardings(*t.spec, t.aboard);
}

void truth::was(const board_job& t, duration to_true) {
  if (!t.aboard.empty())
    check_windows(t.at + to_true);
  note_boardings(*db_.jobs().at(t.id).accepted.spec, t.aboard);
}

void truth::was(const begin_attempt& t) {
  check_suspects();
  check_bill(t.reservation, t.price, *t.shares);
  books_.begin(t.reservation, *t.shares);
}

void truth::was(const settle_spend& t) {
  is_over(t.reservation);
  check_bill(t.reservation, t.price, *t.shares);
  books_.pay(t.reservation, *t.shares);
}

void truth::was(const release_spend& t) {
  is_over(t.reservation);
  books_.take_back(t.reservation);
}

void truth::was(const carry_over_spend& t) {
  calls_[t.call].alone_in_ends = 0;
  is_over(t.reservation);
  books_.take_back(t.reservation);
}

void truth::was(const reserve_retry& t) {
  if (!t.suspect)
    calls_[t.call].alone_in_ends = 0;
}

void truth::was(const end_job& t) {
  auto& job = jobs_[t.end.id];
  job.expires_at = t.end.expires_at;
  job.ended_at = ++moments_;
  undone_ += !job.told && t.end.error == "not accepted" ? 1 : 0;
  if (t.end.status != job_status::cancelled)
    books_.has_result(t.end.id);
  check_end(t.end);
}

void truth::was(const forget_job& t, timestamp now) {
  auto& job = jobs_[t.id];
  if (job.told && !job.deletion_asked && !(job.expires_at && *job.expires_at <= now))
    fail("job " + t.id + " is forgotten, and nobody asked for it");
  job.forgotten = true;
}

void truth::is_over(reservation_id id) {
  if (const auto spend = db_.spends().find(id); spend != db_.spends().end())
    calls_[spend->second.call].suspect = false;
}

std::vector<call_id> truth::begun() const {
  std::vector<call_id> calls;
  for (const auto& [id, spend] : db_.spends())
    if (spend.state == store::memory_store::spend_state::begun)
      calls.push_back(spend.call);
  return calls;
}

void truth::check_suspects() const {
  const auto calls = begun();
  if (calls.size() < 2)
    return;
  for (const auto call : calls)
    if (const auto c = calls_.find(call); c != calls_.end() && c->second.suspect)
      fail("call " + std::to_string(call) + " was interrupted, and is begun with another beside it");
}

void truth::process_ended() {
  const auto interrupted = begun();
  for (const auto call : interrupted)
    calls_[call].suspect = true;
  if (interrupted.size() == 1)
    ++calls_[interrupted.front()].alone_in_ends;
  for (const auto& [id, spend] : db_.spends())
    if (spend.state == store::memory_store::spend_state::begun)
      books_.pay(id, {});
}

void truth::process_began(const engine_description& present, bool shares) {
  committed();
  present_ = &present;
  shares_ = shares;
}

void truth::call_ended(const planned_call& call, const call_outcome& outcome) {
  const auto* failure = std::get_if<call_failure>(&outcome);
  auto& c = calls_[call.id];
  c.read.clear();
  if (failure == nullptr) {
    const auto& pictures = std::get<annotation>(outcome).pictures;
    for (std::size_t i = 0; i < pictures.size() && i < call.seats.size(); ++i)
      c.read[call.seats[i]] = pictures[i];
    return;
  }
  if (!failure->sent) {
    c.failures_here += failure->code == ec::internal ? 1 : 0;
    return;
  }
  if (failure->code == ec::account_refused)
    c.account_refused |= !failure->unprocessed;
  else if (failure->code != ec::request_rejected && !failure->unprocessed)
    ++c.paid_failures;
}

void truth::check_refused(const job_id& job, const picture& p, const picture_outcome& o) {
  if (o.recognised || o.error != p.refused || o.may_pass)
    fail("job " + job + ": picture " + p.id + " was refused as \"" + p.refused + "\", and ends with the " +
         (o.recognised ? "text \"" + text_of(*o.recognised) : "error \"" + o.error) + "\"");
}

void truth::check_end(const job_end& end) const {
  const auto found = db_.jobs().find(end.id);
  if (found == db_.jobs().end())
    return;
  const auto& job = found->second;
  const auto& spec = *job.accepted.spec;
  const auto& known = jobs_.at(end.id);
  if (end.status == job_status::cancelled) {
    if (known.told && !known.deletion_asked)
      fail("job " + end.id + " is cancelled, and nobody asked for it");
    return;
  }
  for (std::uint32_t i = 0; i < job.outcomes.size(); ++i) {
    const auto& o = job.outcomes[i];
    const auto& p = spec.pictures[i];
    if (!p.refused.empty()) {
      check_refused(end.id, p, o);
      continue;
    }
    const auto what = "job " + end.id + ": picture " + std::to_string(i) + " (" + file_of(p) + ") has the " +
                      (o.recognised ? "text \"" + text_of(*o.recognised) : "error \"" + o.error) + "\"";
    const auto in_calls = [&](const auto& wanted) {
      return std::ranges::any_of(known.decided, [&](const auto& d) {
        return spec.recognition_keys[d.first] == spec.recognition_keys[i] && wanted(d.second);
      });
    };
    const bool from_call = in_calls([&](const auto& d) { return same(d, o); });
    if (!from_call && in_calls([](const auto& d) { return d.recognised != nullptr; }))
      fail(what + ", and its call read another");
    if (!o.recognised) {
      if (!from_call && (known.gave_up.empty() || o.error != known.gave_up || !o.may_pass))
        fail(what + ", which no call gave it");
      continue;
    }
    const auto first = static_cast<std::size_t>(std::ranges::find(spec.recognition_keys, spec.recognition_keys[i]) -
                                                spec.recognition_keys.begin());
    const auto& shown = spec.pictures[first];
    if (shown.content != p.content && !(spec.near_duplicates && show_the_same(file_of(shown), file_of(p))))
      fail(what + ", which is that of a picture that shows something else");
    check_reading(what, *o.recognised, file_of(shown), spec, &spec.recognition_keys[i], shown.content);
  }
  const bool passing = has_passing_failure(job);
  if (end.repeatable == passing)
    fail("job " + end.id + " is " + (passing ? "" : "not ") + "repeatable, and " + (passing ? "a" : "no") +
         " failure in it may pass");
}

void truth::check_reading(const std::string& what, const recognition& read, const std::string& content,
                          const job_spec& spec, const digest* key, const digest& digest_of_content) const {
  const bool here = is_read_here(read, content);
  const auto* reader = reader_of(read, content, spec.language_hints);
  if (!here && reader == nullptr)
    fail(what);
  if (key == nullptr)
    return;
  const auto remembered_by = [&](const engine_description& by, bool answers) {
    return *key == recognition_key(plan_.scope_for(spec.owner, behind_sieve(by, answers)), spec.language_hints,
                                   digest_of_content);
  };
  const bool right = here ? std::ranges::any_of(engines, [&](const auto& by) { return remembered_by(by, true); })
                          : remembered_by(*reader, true) || remembered_by(*reader, false);
  if (!right)
    fail(what + ", which is remembered as another engine's");
}

void truth::take_back(tally to) {
  books_ = std::move(to.money);
  minute_ = std::move(to.minute);
  hour_ = std::move(to.hour);
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

void truth::check_key(const job_spec& asked, const submission& s, timestamp now) {
  auto& known = keys_[{asked.owner, asked.key->text}];
  if (s.refused == ec::idempotency_key_reused && known.requests.size() == 1)
    fail("a key was refused, and no other request had it");
  if (!s.accepted())
    return;
  if (const auto& first = known.answer; first && !may_be_gone(jobs_[first->id], now)) {
    if (known.answered != asked.key->request)
      fail("the key of another request made job " + s.id);
    // The first one may be heard after its repetition.
    if (s.id != first->id || s.status != first->status || s.identical != first->identical)
      fail("a request was repeated under its key, and had another answer than job " + first->id);
  }
  known.answer = s;
  known.answered = asked.key->request;
}

void truth::heard(const std::shared_ptr<const job_spec>& spec, const submission& s, timestamp now) {
  if (spec->key)
    check_key(*spec, s, now);
  if (!s.accepted())
    return;
  auto& job = jobs_[s.id];
  if (!job.told) {
    job.told = true;
    job.told_at = ++moments_;
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
  if (row->second.accepted.spec->owner != spec->owner || !asks_for_the_same(*row->second.accepted.spec, *spec))
    fail("job " + s.id + " is not the one that was posted");
  // Who came while it was on its way shares what became of it.
  const bool had_ended = job.ended_at != 0 && job.ended_at < posted_.at(spec);
  // A request that is sent again is answered as it was at first.
  if (s.identical && !s.repeated && is_final(s.status) && had_ended &&
      (has_passing_failure(row->second) || s.status == job_status::cancelled))
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
    text.append(" (")
        .append(std::to_string(view.result->api_calls))
        .append(" calls, ")
        .append(std::to_string(view.result->share.calls))
        .append(" of them, ")
        .append(std::to_string(view.result->share.price))
        .append(")");
  if (view.result)
    for (const auto& p : view.result->pictures)
      text.append("|")
          .append(p.id)
          .append(p.same_as ? "~" + std::to_string(*p.same_as) : "")
          .append("=")
          .append(p.outcome.recognised ? text_of(*p.outcome.recognised) : "!" + p.outcome.error);
  return text;
}

owner_name truth::owner_of(const job_id& id) const {
  const auto job = jobs_.find(id);
  return job == jobs_.end() || !job->second.spec ? owner_name{} : job->second.spec->owner;
}

void truth::stop_heard(timestamp now) {
  if (stops_asked_ != 0 && !stopped_since_)
    stopped_since_ = now;
}

void truth::may_call(timestamp now) const {
  // The breaker hears of it a little later than the client.
  if (stopped_since_ && now > *stopped_since_ + std::chrono::seconds{1})
    fail("a call may be made, and calls are stopped");
}

void truth::left(const planned_call& call, timestamp at, const glyphgate::owner_limits& keys) {
  for (const auto& [owner, pays] : by_owner(*call.shares)) {
    // Whoever holds no key has no limit that is known after a restart; who shares the call with him holds one.
    const auto limits = plan_.owner_limits.find(owner);
    if (limits == plan_.owner_limits.end() || !keys.contains(owner))
      continue;
    auto& paid = paid_[owner];
    paid.emplace_back(at, pays);
    while (paid.front().first + std::chrono::hours{24} < at)
      paid.pop_front();
    const auto check = [&](window_kind w, duration span) {
      amounts sum;
      for (const auto& [when, part] : paid)
        if (when + span >= at)
          sum += {0, part.calls, part.price};
      for (const auto m : {measure::calls, measure::budget})
        if (const auto most = limit_of(limits->second, w, m); most && sum.of(m) > *most)
          fail("owner " + owner + " pays for more than his limit of the " + std::string{to_string(w)});
    };
    check(window_kind::minute, std::chrono::minutes{1});
    check(window_kind::hour, std::chrono::hours{1});
    check(window_kind::day, std::chrono::hours{24});
  }
}

void truth::viewed(const job_view& view, timestamp now, const owner_name& by) {
  if (by != owner_of(view.id))
    fail("job " + view.id + " is shown to another than its owner");
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
    const auto account = books_.of(view.id);
    if (!(view.result->share == account.paid) || view.result->api_calls != account.attempts)
      fail("job " + view.id + " has paid " + std::to_string(account.paid.price) + " in " +
           std::to_string(account.attempts) + " attempts, and is shown as having paid " +
           std::to_string(view.result->share.price) + " in " + std::to_string(view.result->api_calls));
    for (std::size_t i = 0; i < view.result->pictures.size(); ++i) {
      const auto& o = view.result->pictures[i].outcome;
      if (const auto& p = job.spec->pictures[i]; !p.refused.empty())
        check_refused(view.id, p, o);
      else if (!o.recognised && o.error.empty())
        fail("job " + view.id + ": picture " + std::to_string(i) + " is shown without an outcome");
      else if (o.recognised)
        check_reading("job " + view.id + ": picture " + std::to_string(i) + " is shown with a wrong outcome",
                      *o.recognised, file_of(job.spec->pictures[view.result->pictures[i].same_as.value_or(i)]),
                      *job.spec, nullptr, {});
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
  if (!db_.calls().empty())
    fail("call " + std::to_string(db_.calls().begin()->first) + " is open, and no job is");
  books_.check_jobs(db_);
}

} // namespace glyphgate::simulation
