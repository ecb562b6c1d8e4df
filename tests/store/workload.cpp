#include "workload.hpp"

#include "support.hpp"

#include <algorithm>
#include <map>
#include <span>
#include <unordered_set>
#include <utility>

namespace glyphgate::store {

namespace {

std::string content_of(std::uint32_t which) {
  auto content = std::to_string(which);
  return content.append(which * 700, 'x');
}

std::string numbered(std::string_view what, std::uint64_t number) {
  std::string text{what};
  return text += std::to_string(number);
}

std::vector<job_id> sorted_ids(const memory_store& model) {
  std::vector<job_id> ids;
  for (const auto& [id, row] : model.jobs())
    ids.push_back(id);
  std::ranges::sort(ids);
  return ids;
}

std::vector<call_id> open_calls(const memory_store& model) {
  std::vector<call_id> calls;
  for (const auto& [id, row] : model.calls())
    if (!row.closed)
      calls.push_back(id);
  return calls;
}

/// An open call that has such a seat; 0 when there is none.
call_id call_with_seat(const memory_store& model, const digest& seat) {
  for (const auto call : open_calls(model))
    if (const auto seats = model.seats(call); std::ranges::binary_search(seats, seat))
      return call;
  return 0;
}

shares_ptr shares_of(const memory_store& model, call_id call, micro_dollars price) {
  std::map<digest, paid_seat> seats;
  auto riders = model.riders(call);
  std::ranges::sort(riders, {}, [](const rider& r) { return std::pair{r.job, r.position}; });
  for (const auto& [id, position] : riders) {
    const auto& spec = *model.jobs().at(id).accepted.spec;
    auto& seat = seats[spec.recognition_keys[position]];
    seat.area = spec.pictures[position].info.pixels();
    seat.riders.push_back(id);
  }
  std::vector<paid_seat> paid;
  for (auto& [key, seat] : seats)
    paid.push_back(std::move(seat));
  return std::make_shared<const std::vector<job_share>>(fair_shares(price, paid));
}

} // namespace

choice random_choice(std::mt19937_64& random) {
  choice c;
  for (auto& n : c)
    n = static_cast<std::uint32_t>(random() % 1000);
  return c;
}

accept_job workload::make_accept_job(const choice& c, const memory_store& model) {
  accept_job job;
  job.id = numbered("job-", jobs_++);
  job.at = now_;
  std::vector<picture> pictures;
  for (std::uint32_t i = 0; i <= c[1] % 4; ++i)
    pictures.push_back(make_picture(numbered("p", i), content_of((c[2] >> i) % 8)));
  // Now and then the later ones are pages of the first one's file, and some are refused.
  for (std::uint32_t i = 1; i < pictures.size() && c[1] % 7 == 3; ++i)
    pictures[i] = make_page(pictures[0], i);
  for (std::uint32_t i = 0; i < pictures.size() && c[3] % 6 == 1; ++i)
    if ((c[1] + i) % 2 == 0)
      pictures[i] = refuse(pictures[i], numbered("no picture ", c[2] % 2));
  std::vector<std::string> hints;
  if (c[3] % 2 != 0)
    hints.emplace_back("zh");
  auto spec = std::make_shared<job_spec>(*make_job_spec(std::move(pictures), std::move(hints), "test"));
  if (c[1] % 3 != 0)
    spec->max_delay = duration{c[1]};

  memory_store copy{model};
  const auto known = copy.recall(spec->recognition_keys);
  picture_indices to_send;
  std::unordered_set<digest> seen;
  for (std::uint32_t i = 0; i < known.size(); ++i) {
    if (known[i] && c[3] % 3 != 0)
      job.known.emplace_back(i, known[i]);
    else if (spec->pictures[i].refused.empty() && seen.insert(spec->pictures[i].content).second)
      to_send.push_back(i);
  }
  job.engine = numbered("engine ", c[2] % 2);
  job.call_price = c[3] % 3;
  job.pictures_from_cache =
      static_cast<std::uint32_t>(spec->pictures.size() - to_send.size() - refused_pictures(*spec));
  if (c[3] % 5 == 0)
    std::ranges::reverse(to_send);
  // All of them board, or some or all wait.
  const auto boarding = c[1] % 3 == 0 ? c[2] % (to_send.size() + 1) : to_send.size();
  const auto last = to_send.begin() + static_cast<std::ptrdiff_t>(boarding);
  job.aboard = place({to_send.begin(), last}, *spec, c, model);
  job.waiting.assign(last, to_send.end());
  job.sifting = job.aboard.empty() && !job.waiting.empty() && c[2] % 2 == 0;
  spec->near_duplicates = c[2] % 3 == 0;
  job.spec = std::move(spec);
  return job;
}

std::vector<boarding> workload::place(const picture_indices& pictures, const job_spec& spec, const choice& c,
                                      const memory_store& model) {
  std::vector<boarding> aboard;
  const auto board = [&](call_id call, std::uint32_t picture, bool opens) {
    const auto found = std::ranges::find(aboard, call, &boarding::call);
    if (found == aboard.end())
      aboard.push_back({call, {picture}, opens});
    else
      found->pictures.push_back(picture);
  };
  const auto open = open_calls(model);
  // Now and then a call that is not open.
  const auto not_open = c[3] % 40 == 7 ? c[2] % next_ : 0;
  call_id latest = 0;
  for (const auto i : pictures) {
    const auto pick = c[1] + i;
    if (not_open != 0)
      board(not_open, i, false);
    else if (const auto with_seat = call_with_seat(model, spec.recognition_keys[i]); with_seat != 0 && pick % 4 != 0)
      board(with_seat, i, false);
    else if (!open.empty() && pick % 3 == 0)
      board(open[c[2] % open.size()], i, false);
    else if (latest != 0 && pick % 2 == 0)
      board(latest, i, true);
    else
      board(latest = next_++, i, true);
  }
  return aboard;
}

board_job workload::make_board_job(const choice& c, const memory_store& model) {
  const auto ids = sorted_ids(model);
  auto id = ids[c[1] % ids.size()];
  // Mostly one that waits.
  for (const auto& other : ids)
    if (c[3] % 10 != 0 && model.jobs().at(id).waiting().empty() && !model.jobs().at(other).end)
      id = other;
  const auto& row = model.jobs().at(id);
  const auto& spec = *row.accepted.spec;
  board_job board{id, now_, {}, {}, c[3] % 3};
  memory_store copy{model};
  const auto known = copy.recall(spec.recognition_keys);
  picture_indices boarding;
  for (const auto i : row.waiting()) {
    if (known[i] && c[2] % 3 != 0)
      board.known.emplace_back(i, known[i]);
    else if ((c[2] + i) % 4 != 0)
      boarding.push_back(i);
  }
  board.aboard = place(boarding, spec, c, model);
  return board;
}

settle_spend workload::make_settle(const choice& c, reservation_id reservation, const memory_store& model) const {
  settle_spend settle{reservation, now_, 2000 + c[2] % 3, no_shares()};
  const auto spend = model.spends().find(reservation);
  if (spend == model.spends().end())
    return settle;
  // Where the beginning noted a price and nobody to pay it, it is that price which is shared.
  const auto noted = model.shares().find(reservation);
  if (noted == model.shares().end() || noted->second.empty())
    settle.price = spend->second.price.value_or(settle.price);
  settle.shares = shares_of(model, spend->second.call, settle.price);
  return settle;
}

split_call workload::make_split(const choice& c, call_id call, attempt_token attempt, const memory_store& model) {
  split_call split{call, attempt, now_, {}};
  auto seats = model.seats(call);
  // Now and then a seat is forgotten.
  if (c[3] % 30 == 5 && !seats.empty())
    seats.pop_back();
  const std::size_t a_part = c[2] % 2 == 0 ? 1 : (seats.size() + 1) / 2;
  for (std::size_t i = 0; i < seats.size(); i += a_part) {
    const auto some = std::span{seats}.subspan(i, std::min(a_part, seats.size() - i));
    split.parts.push_back({next_++, {some.begin(), some.end()}});
  }
  return split;
}

transaction workload::make_of_call(const choice& c, const memory_store& model) {
  // Now and then a call that is not there.
  call_id call = next_;
  attempt_token attempt = 1;
  reservation_id reservation = next_;
  if (!model.calls().empty() && c[3] % 50 != 0) {
    const auto& [id, row] = *std::next(model.calls().begin(), static_cast<std::ptrdiff_t>(c[1] % model.calls().size()));
    call = id;
    attempt = row.attempt + (c[3] % 10 == 1 ? 1 : 0) - (c[3] % 10 == 2 ? 1 : 0);
    reservation = c[3] % 25 == 3 ? c[2] % next_ : row.reservation;
  }
  switch (c[0] % 10) {
  case 0:
  case 1:
  case 2: {
    const micro_dollars price = 1000 + c[2] % 3;
    return begin_attempt{call, attempt, reservation, now_, price, shares_of(model, call, price)};
  }
  case 3:
  case 4: return make_settle(c, reservation, model);
  case 5: return release_spend{reservation, now_};
  case 6: return reserve_retry{call, attempt + 1, next_++, now_, c[2] % 4, c[3] % 3 == 0};
  case 7: return carry_over_spend{call, attempt, reservation, now_};
  case 8:
    if (c[2] % 3 == 0)
      return make_split(c, call, attempt, model);
    [[fallthrough]];
  default: {
    close_call close{call, attempt, now_, {}};
    for (const auto& seat : model.seats(call)) {
      const auto i = close.outcomes.size();
      if ((c[2] + i) % 5 == 0)
        close.outcomes.push_back({seat, {nullptr, numbered("cannot read picture ", i), (c[2] + i) % 2 == 0}});
      else
        close.outcomes.push_back({seat, {make_recognition(std::string((c[2] * 7 + i) % 90, 'a'), c[1] % 4 == 0), ""}});
    }
    if (c[3] % 30 == 4 && !close.outcomes.empty())
      close.outcomes.pop_back();
    return close;
  }
  }
}

sift_job workload::make_sift_job(const choice& c, const memory_store& model, timestamp now) {
  const auto ids = sorted_ids(model);
  auto id = ids[c[1] % ids.size()];
  // Mostly one that is to be sifted.
  for (const auto& other : ids)
    if (c[3] % 10 != 0 && !model.jobs().at(id).sifting)
      id = other;
  const auto& row = model.jobs().at(id);
  const auto& keys = row.accepted.spec->recognition_keys;
  sift_job sift{id, now, {}, {}, c[1] % 4, c[3] % 3};
  std::optional<std::uint32_t> first;
  for (const auto i : row.waiting()) {
    if ((c[2] >> (i % 8)) % 3 == 0)
      sift.answered.push_back({i, keys[i], make_recognition(numbered("here ", i))});
    else if (!first)
      first = i;
    else if ((c[3] >> (i % 8)) % 2 == 0)
      for (auto k = i; k < keys.size(); ++k)
        if (keys[k] == keys[i])
          sift.repeats.emplace_back(k, *first);
  }
  return sift;
}

transaction workload::make_of_job(const choice& c, const memory_store& model) {
  const auto ids = sorted_ids(model);
  const auto& picked = ids[c[1] % ids.size()];
  const auto& row = model.jobs().at(picked);
  // Now and then a job that is not there.
  const job_id id = c[3] % 50 == 0 ? "nowhere" : picked;
  switch (c[0] % 10) {
  case 0:
  case 1:
  case 2: return c[2] % 2 == 0 ? transaction{make_board_job(c, model)} : make_sift_job(c, model, now_);
  case 3:
    switch (c[2] % 8) {
    case 0: return note_stop{stop_order{"ops", numbered("reason ", c[3]), now_, c[3] % 2 == 0}};
    case 1: return note_stop{};
    case 2:
      return note_budget{{now_ - duration{c[3]}, c[3], false, c[3] % 2 == 0 ? "" : numbered("budget ", c[3] % 5)}};
    case 3: {
      // Few keys, so that they are used again.
      note_request noted{{numbered("owner ", c[3] % 2),
                          {numbered("key ", c[3] % 5), sha256(numbered("request ", c[3]))},
                          id,
                          c[3] % 3 == 0 ? job_status::completed : job_status::pending,
                          c[3] % 4 == 0}};
      if (c[3] % 7 == 0)
        noted.instead_of = numbered("key ", c[3] % 4);
      return noted;
    }
    default: return give_up_waiting{id, numbered("no room for ", c[2])};
    }
  case 4: {
    adopt_job adopt{id, sha256(numbered("engine ", c[2])), {}, std::nullopt};
    if (c[3] % 2 == 0)
      adopt.age_from = now_ - duration{c[3]};
    for (const auto& p : row.accepted.spec->pictures)
      adopt.recognition_keys.push_back(recognition_key(numbered("engine ", c[2] % 2), {}, p.content));
    return adopt;
  }
  case 5:
  case 6:
  case 7: {
    auto end = make_end(id, now_);
    end.end.status = std::array{job_status::completed, job_status::failed, job_status::cancelled}[c[2] % 3];
    if (end.end.status != job_status::completed)
      end.end.error = numbered("because ", c[2]);
    end.end.repeatable = c[3] % 2 == 0;
    end.end.result_bytes = c[2];
    if (end.end.status == job_status::cancelled)
      end.end.started_at = row.started_at;
    return end;
  }
  case 8: return note_pause{numbered("engine ", c[2] % 2), now_ + duration{c[3]}};
  default: return forget_job{id};
  }
}

transaction workload::make(const choice& c, const memory_store& model) {
  now_ += duration{1 + c[3] * 1000};
  const auto kind = c[0] / 10 % 10;
  if (model.jobs().empty() || kind < 3)
    return make_accept_job(c, model);
  return kind < 7 ? make_of_call(c, model) : make_of_job(c, model);
}

std::vector<transaction> workload::make_batch(const std::vector<choice>& choices, const memory_store& model) {
  std::vector<transaction> batch;
  memory_store ahead{model};
  for (const auto& c : choices) {
    batch.push_back(make(c, ahead));
    ahead.commit({&batch.back(), 1});
  }
  return batch;
}

} // namespace glyphgate::store
