#include "support/memory_store.hpp"

#include <algorithm>
#include <utility>

namespace glyphgate::store {

namespace {

const std::vector<digest>& keys_of(const accept_job& job) {
  return job.spec->recognition_keys;
}

} // namespace

picture_indices memory_store::job_row::waiting() const {
  picture_indices waiting;
  std::set<digest> seen;
  for (std::uint32_t i = 0; i < outcomes.size(); ++i)
    if (seen.insert(keys_of(accepted)[i]).second && aboard[i] == 0 && !is_decided(outcomes[i]))
      waiting.push_back(i);
  return waiting;
}

std::vector<rider> memory_store::riders(call_id call) const {
  std::vector<rider> riders;
  for (const auto& [id, job] : jobs_)
    for (std::uint32_t i = 0; i < job.aboard.size(); ++i)
      if (job.aboard[i] == call)
        riders.push_back({id, i});
  return riders;
}

std::vector<digest> memory_store::seats(call_id call) const {
  std::set<digest> seats;
  for (const auto& [id, position] : riders(call))
    seats.insert(jobs_.at(id).accepted.spec->recognition_keys[position]);
  return {seats.begin(), seats.end()};
}

verdicts memory_store::commit(batch_number number, std::span<const transaction> transactions) {
  if (number == last_batch_)
    return last_verdicts_;
  last_batch_ = number;
  last_verdicts_ = commit(transactions);
  return last_verdicts_;
}

verdicts memory_store::commit(std::span<const transaction> transactions) {
  const auto alone = one_at_a_time_.enter();
  verdicts done;
  done.reserve(transactions.size());
  for (const auto& t : transactions)
    done.push_back(std::visit([this](const auto& one) { return apply(one); }, t));
  return done;
}

memory_store::job_row* memory_store::find_pending(const job_id& id) {
  const auto found = jobs_.find(id);
  return found == jobs_.end() || found->second.end ? nullptr : &found->second;
}

memory_store::call_row* memory_store::find_open(call_id id, attempt_token attempt) {
  const auto found = calls_.find(id);
  return found == calls_.end() || found->second.closed || found->second.attempt != attempt ? nullptr : &found->second;
}

memory_store::spend_row* memory_store::find_open_spend(reservation_id id) {
  const auto found = spends_.find(id);
  if (found == spends_.end())
    return nullptr;
  const auto state = found->second.state;
  return state == spend_state::reserved || state == spend_state::begun ? &found->second : nullptr;
}

template <class Visit>
void memory_store::for_each_aboard(call_id call, Visit visit) {
  for (const auto& [id, position] : riders(call))
    visit(jobs_.at(id), position);
}

void memory_store::note_on_account(timestamp at, const owner_name& owner, const amounts& used) {
  accounts_[{timestamp{at.time_since_epoch() / account_quarter * account_quarter}, owner}] += used;
}

std::vector<owner_share> memory_store::payers_of(reservation_id id) const {
  const auto found = shares_.find(id);
  auto payers = found == shares_.end() ? std::vector<owner_share>{} : by_owner(found->second);
  std::ranges::sort(payers, {}, &owner_share::owner);
  return payers;
}

void memory_store::pay(reservation_id id) {
  ++totals_.api_calls;
  const auto& spend = spends_.at(id);
  amounts rest{0, whole_call, spend.price.value_or(0)};
  for (const auto& [owner, pays] : payers_of(id)) {
    note_on_account(spend.at, owner, {0, pays.calls, pays.price});
    rest -= {0, pays.calls, pays.price};
  }
  if (!rest.none())
    note_on_account(spend.at, {}, rest);
  if (const auto price = spends_.at(id).price)
    totals_.spent += *price;
  else
    ++totals_.unpriced_calls;
  for (const auto& share : shares_[id])
    if (const auto job = jobs_.find(share.job); job != jobs_.end()) {
      ++job->second.api_calls;
      job->second.share += share.pays;
    }
}

void memory_store::open_call(call_id id, call_id origin, timestamp at) {
  call_row call;
  call.origin = origin;
  call.reservation = id;
  calls_[id] = call;
  spends_[id] = {id, 1, spend_state::reserved, at, std::nullopt};
  first_free_ = std::max(first_free_, id + 1);
}

void memory_store::close_call_row(call_id id) {
  auto& call = calls_.at(id);
  call.closed = true;
  const auto of_same_origin = [origin = call.origin](const auto& entry) { return entry.second.origin == origin; };
  const auto open = [](const auto& entry) { return !entry.second.closed; };
  if (std::ranges::none_of(calls_, [&](const auto& entry) { return of_same_origin(entry) && open(entry); }))
    std::erase_if(calls_, of_same_origin);
}

bool memory_store::can_board(std::span<const boarding> aboard) const {
  return std::ranges::all_of(aboard, [this](const auto& b) {
    const auto call = calls_.find(b.call);
    return b.opens || (call != calls_.end() && !call->second.closed);
  });
}

void memory_store::board(job_row& job, std::span<const boarding> aboard, const known_pictures& known, timestamp at) {
  for (const auto& b : aboard) {
    if (b.opens)
      open_call(b.call, b.call, at);
    for (const auto i : b.pictures)
      job.aboard[i] = b.call;
  }
  for (const auto& [i, recognised] : known)
    job.outcomes[i].recognised = recognised;
  if (!aboard.empty()) {
    const auto& owner = job.accepted.spec->owner;
    if (accepted_at_.emplace(std::pair{at, job.accepted.id}, owner).second)
      note_on_account(at, owner, {1, 0, 0});
  }
}

verdict memory_store::apply(const accept_job& t) {
  if (!can_board(t.aboard))
    return verdict::stale;
  job_row row;
  row.accepted = t;
  row.outcomes.resize(t.spec->pictures.size());
  row.aboard.resize(t.spec->pictures.size());
  for (std::size_t i = 0; i < row.outcomes.size(); ++i)
    row.outcomes[i].error = t.spec->pictures[i].refused;
  row.engine = t.engine;
  row.pictures_from_cache = t.pictures_from_cache;
  row.sifting = t.sifting;
  board(row, t.aboard, t.known, t.at);
  totals_.pictures_from_cache += t.pictures_from_cache;
  totals_.one_by_one += t.pictures_from_cache * t.call_price;
  jobs_.insert_or_assign(t.id, std::move(row));
  order_.push_back(t.id);
  return verdict::applied;
}

verdict memory_store::apply(const board_job& t) {
  auto* job = find_pending(t.id);
  if (job == nullptr || !can_board(t.aboard))
    return verdict::stale;
  board(*job, t.aboard, t.known, t.at);
  const auto known = static_cast<std::uint32_t>(t.known.size());
  job->pictures_from_cache += known;
  totals_.pictures_from_cache += known;
  totals_.one_by_one += known * t.call_price;
  return verdict::applied;
}

verdict memory_store::apply(const give_up_waiting& t) {
  auto* job = find_pending(t.id);
  if (job == nullptr)
    return verdict::stale;
  const auto& keys = keys_of(job->accepted);
  std::set<digest> settled;
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (job->aboard[i] != 0 || is_decided(job->outcomes[i]))
      settled.insert(keys[i]);
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (!settled.contains(keys[i]))
      job->outcomes[i] = {nullptr, t.error, true};
  job->sifting = false;
  return verdict::applied;
}

verdict memory_store::apply(const sift_job& t) {
  auto* job = find_pending(t.id);
  if (job == nullptr || !job->sifting)
    return verdict::stale;
  job->sifting = false;
  job->sifted_at = t.at;
  for (const auto& [position, key, read] : t.answered)
    job->outcomes[position].recognised = read;
  auto spec = std::make_shared<job_spec>(*job->accepted.spec);
  for (const auto& [position, earlier] : t.repeats)
    spec->recognition_keys[position] = spec->recognition_keys[earlier];
  job->accepted.spec = std::move(spec);
  totals_.pictures_answered_here += t.answered.size();
  totals_.pictures_repeated += t.pictures_repeated;
  totals_.saved_here += t.saved;
  return verdict::applied;
}

verdict memory_store::apply(const begin_attempt& t) {
  auto* spend = find_open_spend(t.reservation);
  if (find_open(t.call, t.attempt) == nullptr || spend == nullptr)
    return verdict::stale;
  if (spend->state == spend_state::reserved) {
    spend->state = spend_state::begun;
    spend->at = t.at;
    spend->price = t.price;
    shares_[t.reservation] = *t.shares;
  }
  for_each_aboard(t.call, [&](job_row& job, std::uint32_t) { job.started_at = job.started_at.value_or(t.at); });
  return verdict::applied;
}

verdict memory_store::apply(const settle_spend& t) {
  auto* spend = find_open_spend(t.reservation);
  if (spend == nullptr)
    return verdict::stale;
  spend->state = spend_state::settled;
  spend->at = t.at;
  spend->price = spend->price.value_or(t.price);
  if (shares_[t.reservation].empty())
    shares_[t.reservation] = *t.shares;
  pay(t.reservation);
  return verdict::applied;
}

verdict memory_store::apply(const release_spend& t) {
  auto* spend = find_open_spend(t.reservation);
  if (spend == nullptr)
    return verdict::stale;
  spend->state = spend_state::released;
  spend->at = t.at;
  shares_.erase(t.reservation);
  return verdict::applied;
}

verdict memory_store::apply(const carry_over_spend& t) {
  auto* call = find_open(t.call, t.attempt);
  auto* spend = find_open_spend(t.reservation);
  if (call == nullptr || spend == nullptr)
    return verdict::stale;
  ++call->attempt;
  call->suspect = false;
  call->interruptions = 0;
  spend->attempt = call->attempt;
  spend->state = spend_state::reserved;
  spend->at = t.at;
  spend->price.reset();
  shares_.erase(t.reservation);
  return verdict::applied;
}

verdict memory_store::apply(const reserve_retry& t) {
  auto* call = find_open(t.call, t.attempt - 1);
  if (call == nullptr)
    return verdict::stale;
  call->attempt = t.attempt;
  call->reservation = t.reservation;
  call->paid_before = t.paid_before;
  call->suspect = t.suspect;
  if (!t.suspect)
    call->interruptions = 0;
  spends_[t.reservation] = {t.call, t.attempt, spend_state::reserved, t.at, std::nullopt};
  first_free_ = std::max(first_free_, t.reservation + 1);
  return verdict::applied;
}

verdict memory_store::apply(const split_call& t) {
  const auto* call = find_open(t.call, t.attempt);
  if (call == nullptr)
    return verdict::stale;
  std::map<digest, call_id> part_of;
  for (const auto& part : t.parts) {
    open_call(part.id, call->origin, t.at);
    for (const auto& seat : part.seats)
      part_of.emplace(seat, part.id);
  }
  for_each_aboard(t.call, [&](job_row& job, std::uint32_t i) {
    const auto part = part_of.find(job.accepted.spec->recognition_keys[i]);
    job.aboard[i] = part == part_of.end() ? 0 : part->second;
  });
  close_call_row(t.call);
  return verdict::applied;
}

verdict memory_store::apply(const close_call& t) {
  const auto* call = find_open(t.call, t.attempt);
  if (call == nullptr)
    return verdict::stale;
  const auto spend = spends_.find(call->reservation);
  const auto price = spend == spends_.end() ? std::nullopt : spend->second.price;
  std::map<digest, picture_outcome> outcome_of;
  for (const auto& [seat, outcome] : t.outcomes)
    outcome_of.emplace(seat, outcome);
  for_each_aboard(t.call, [&](job_row& job, std::uint32_t i) {
    job.aboard[i] = 0;
    const auto found = outcome_of.find(job.accepted.spec->recognition_keys[i]);
    if (found == outcome_of.end())
      return;
    job.outcomes[i] = found->second;
    if (!found->second.recognised)
      return;
    ++totals_.pictures_processed;
    if (price)
      totals_.one_by_one += *price;
    else
      ++totals_.unpriced_pictures;
  });
  close_call_row(t.call);
  return verdict::applied;
}

verdict memory_store::apply(const end_job& t) {
  auto* job = find_pending(t.end.id);
  if (job == nullptr)
    return verdict::stale;
  job->end = t.end;
  std::ranges::fill(job->aboard, 0);
  repeat_outcomes(keys_of(job->accepted), job->outcomes);
  return verdict::applied;
}

verdict memory_store::apply(const forget_job& t) {
  std::erase(order_, t.id);
  std::erase_if(requests_, [&](const answered_request& r) { return r.job == t.id; });
  return jobs_.erase(t.id) != 0 ? verdict::applied : verdict::stale;
}

verdict memory_store::apply(const adopt_job& t) {
  auto* job = find_pending(t.id);
  if (job == nullptr)
    return verdict::stale;
  auto spec = std::make_shared<job_spec>(*job->accepted.spec);
  spec->identity = t.identity;
  spec->recognition_keys = t.recognition_keys;
  job->accepted.spec = std::move(spec);
  job->age_from = t.age_from;
  return verdict::applied;
}

verdict memory_store::apply(const note_pause& t) {
  pause_ = t;
  return verdict::applied;
}

verdict memory_store::apply(const note_stop& t) {
  stopped_ = t.order;
  return verdict::applied;
}

verdict memory_store::apply(const note_request& t) {
  if (!jobs_.contains(t.request.job))
    return verdict::stale;
  std::erase_if(requests_, [&](const answered_request& r) {
    return r.owner == t.request.owner && (r.key.text == t.request.key.text || r.key.text == t.instead_of);
  });
  requests_.push_back(t.request);
  return verdict::applied;
}

verdict memory_store::apply(const note_budget& t) {
  billed_[t.news.budget] = {t.news.interval, t.news.cost, false, t.news.budget};
  return verdict::applied;
}

timestamp memory_store::latest() const {
  timestamp latest{};
  for (const auto& [id, spend] : spends_)
    latest = std::max(latest, spend.at);
  for (const auto& [id, job] : jobs_) {
    latest = std::max(latest, job.accepted.at);
    if (job.end)
      latest = std::max(latest, job.end->completed_at);
  }
  for (const auto& [at_and_job, owner] : accepted_at_)
    latest = std::max(latest, at_and_job.first);
  return latest;
}

recovery memory_store::recover(timestamp now) {
  recovery r;
  r.as_of = std::max(now, latest());
  std::vector<reservation_id> interrupted;
  for (auto& [id, spend] : spends_)
    if (spend.state == spend_state::begun)
      interrupted.push_back(id);
  for (const auto id : interrupted) {
    auto& spend = spends_.at(id);
    spend.state = spend_state::unknown;
    spend.at = r.as_of;
    pay(id);
    if (const auto call = calls_.find(spend.call); call != calls_.end()) {
      call->second.suspect = true;
      call->second.interruptions += interrupted.size() == 1 ? 1 : 0;
    }
  }
  for (const auto& [id, spend] : spends_) {
    if (spend.state == spend_state::reserved)
      r.spends.push_back({id, std::nullopt, 0, {}});
    else if (spend.state != spend_state::released)
      r.spends.push_back({id, spend.at, spend.price.value_or(0), payers_of(id)});
  }
  for (const auto& [at_and_job, owner] : accepted_at_)
    r.accepted.push_back({at_and_job.first, owner});
  r.accounts = read_accounts(r.as_of - std::chrono::hours{32 * 24}, timestamp::max());
  for (const auto& [id, call] : calls_) {
    const auto spend = spends_.find(call.reservation);
    const bool reserved = spend != spends_.end() && spend->second.state == spend_state::reserved;
    r.calls.push_back({id, call.origin, call.attempt, call.reservation, call.paid_before, !call.closed && !reserved,
                       call.suspect, call.interruptions, call.closed});
  }
  r.first_free = first_free_;
  r.last_batch = ++last_batch_;
  r.totals = totals_;
  r.pause = pause_;
  r.stopped = stopped_;
  for (const auto& [budget, news] : billed_)
    r.billed.push_back(news);
  r.requests = requests_;
  for (const auto& id : order_) {
    const auto& row = jobs_.at(id);
    if (row.end) {
      kept_job job;
      job.identity = row.accepted.spec->identity;
      job.repeatable = row.end->repeatable;
      job.result_bytes = row.end->result_bytes;
      job.view.id = id;
      job.view.owner = row.accepted.spec->owner;
      job.view.status = row.end->status;
      job.view.created_at = row.accepted.at;
      job.view.started_at = row.end->started_at;
      job.view.completed_at = row.end->completed_at;
      job.view.expires_at = row.end->expires_at;
      job.view.pictures_total = static_cast<std::uint32_t>(row.outcomes.size());
      job.view.error = row.end->error;
      if (row.end->status != job_status::cancelled)
        job.view.pictures_done = job.view.pictures_total;
      r.ended.push_back(std::move(job));
      continue;
    }
    kept_job job;
    job.view.id = id;
    job.view.owner = row.accepted.spec->owner;
    job.view.created_at = row.accepted.at;
    job.view.started_at = row.started_at;
    job.identity = row.accepted.spec->identity;
    job.engine = row.engine;
    job.age_from = row.age_from;
    job.spec = row.accepted.spec;
    job.outcomes = row.outcomes;
    job.api_calls = row.api_calls;
    job.share = row.share;
    job.aboard = row.aboard;
    job.pictures_from_cache = row.pictures_from_cache;
    job.sifting = row.sifting;
    job.sifted_at = row.sifted_at;
    r.pending.push_back(std::move(job));
  }
  return r;
}

namespace {

class memory_pictures : public kept_pictures {
public:
  explicit memory_pictures(const std::vector<picture>& pictures) : pictures_{pictures} {
    for (const auto& p : pictures)
      entries_.push_back({p.info, p.bytes ? p.bytes->size() : 0});
  }
  const std::vector<entry>& entries() const override { return entries_; }
  std::string read(std::size_t position) const override {
    const auto& bytes = pictures_.at(position).bytes;
    return bytes ? std::string{bytes->hold().view} : std::string{};
  }

private:
  std::vector<picture> pictures_;
  std::vector<entry> entries_;
};

class memory_reader : public job_reader {
public:
  explicit memory_reader(memory_store& store) : store_{store} {}

  std::shared_ptr<const job_result> read_result(const job_id& id) override { return store_.read_result(id); }
  recognitions recall(std::span<const digest> keys) override { return store_.recall(keys); }
  std::shared_ptr<const kept_pictures> read_pictures(const job_id& id) override { return store_.read_pictures(id); }
  std::vector<account_entry> read_accounts(timestamp from, timestamp to) override {
    return store_.read_accounts(from, to);
  }

private:
  memory_store& store_;
};

} // namespace

std::unique_ptr<job_reader> memory_store::open_reader() {
  return std::make_unique<memory_reader>(*this);
}

std::shared_ptr<const job_result> memory_store::read_result(const job_id& id) {
  const auto alone = one_at_a_time_.enter();
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || !found->second.end || found->second.end->status == job_status::cancelled)
    return nullptr;
  const auto& row = found->second;
  auto result = std::make_shared<job_result>();
  result->api_calls = row.api_calls;
  result->share = row.share;
  result->pictures_from_cache = row.pictures_from_cache;
  for (std::size_t i = 0; i < row.outcomes.size(); ++i) {
    const auto& p = row.accepted.spec->pictures[i];
    result->pictures.push_back({p.id, row.outcomes[i], {}, p.info.width, p.info.height});
  }
  if (row.accepted.spec->near_duplicates)
    note_repeats(keys_of(row.accepted), result->pictures);
  result->engine = row.engine;
  return result;
}

std::shared_ptr<const kept_pictures> memory_store::read_pictures(const job_id& id) {
  const auto alone = one_at_a_time_.enter();
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || !found->second.end || found->second.end->status == job_status::cancelled ||
      !found->second.accepted.spec->keep_images)
    return nullptr;
  return std::make_shared<const memory_pictures>(found->second.accepted.spec->pictures);
}

recognitions memory_store::recall(std::span<const digest> keys) {
  const auto alone = one_at_a_time_.enter();
  recognitions known(keys.size());
  for (const auto& [id, row] : jobs_)
    for (std::size_t i = 0; i < row.outcomes.size(); ++i)
      for (std::size_t k = 0; k < keys.size(); ++k)
        if (row.outcomes[i].recognised && row.accepted.spec->recognition_keys[i] == keys[k])
          known[k] = row.outcomes[i].recognised;
  return known;
}

std::vector<account_entry> memory_store::read_accounts(timestamp from, timestamp to) {
  const auto alone = one_at_a_time_.enter();
  std::vector<account_entry> entries;
  for (const auto& [quarter_and_owner, used] : accounts_)
    if (quarter_and_owner.first > from - account_quarter && quarter_and_owner.first < to)
      entries.push_back({quarter_and_owner.first, quarter_and_owner.second, used});
  return entries;
}

void memory_store::sweep_spends_before(timestamp at) {
  std::erase_if(spends_, [at](const auto& entry) {
    const auto& row = entry.second;
    return row.state != spend_state::reserved && row.state != spend_state::begun && row.at < at;
  });
  std::erase_if(shares_, [this](const auto& entry) { return !spends_.contains(entry.first); });
  std::erase_if(accepted_at_, [at](const auto& entry) { return entry.first.first < at; });
}

} // namespace glyphgate::store
