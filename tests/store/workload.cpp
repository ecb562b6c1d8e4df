#include "workload.hpp"

#include "support.hpp"

#include <algorithm>
#include <unordered_set>

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

} // namespace

choice random_choice(std::mt19937_64& random) {
  choice c;
  for (auto& n : c)
    n = static_cast<std::uint32_t>(random() % 1000);
  return c;
}

transaction workload::make_accept_job(const choice& c, const memory_store& model) {
  accept_job job;
  job.id = numbered("job-", jobs_++);
  job.at = now_;
  std::vector<picture> pictures;
  for (std::uint32_t i = 0; i <= c[1] % 4; ++i)
    pictures.push_back(make_picture(numbered("p", i), content_of((c[2] >> i) % 8)));
  std::vector<std::string> hints;
  if (c[3] % 2 != 0)
    hints.emplace_back("zh");
  job.spec = make_job_spec(std::move(pictures), std::move(hints), "test");

  memory_store copy{model};
  const auto known = copy.recall(job.spec->recognition_keys);
  picture_indices to_send;
  std::unordered_set<digest> seen;
  for (std::uint32_t i = 0; i < known.size(); ++i) {
    if (known[i] && c[3] % 3 != 0)
      job.known.emplace_back(i, known[i]);
    else if (seen.insert(job.spec->pictures[i].content).second)
      to_send.push_back(i);
  }
  job.engine = numbered("engine ", c[2] % 2);
  job.call_price = c[3] % 3;
  job.pictures_from_cache = static_cast<std::uint32_t>(job.spec->pictures.size() - to_send.size());
  if (c[3] % 5 == 0)
    std::ranges::reverse(to_send);
  const std::size_t a_call = 1 + c[2] % 2;
  for (std::size_t i = 0; i < to_send.size(); i += a_call) {
    const auto first = to_send.begin() + static_cast<std::ptrdiff_t>(i);
    const auto last = to_send.begin() + static_cast<std::ptrdiff_t>(std::min(i + a_call, to_send.size()));
    job.calls.push_back({picture_indices{first, last}, next_++});
  }
  return job;
}

transaction workload::make(const choice& c, const memory_store& model) {
  now_ += duration{1 + c[3] * 1000};
  const auto ids = sorted_ids(model);
  const auto kind = c[0] % 20;
  if (ids.empty() || kind < 3)
    return make_accept_job(c, model);

  const auto& id = ids[c[1] % ids.size()];
  const auto& row = model.jobs().at(id);
  // Now and then a job that is not there.
  call_key key{c[3] % 50 == 0 ? "nowhere" : id, 0};
  attempt_token attempt = 1;
  reservation_id reservation = next_;
  if (!row.calls.empty()) {
    key.index = c[2] % static_cast<std::uint32_t>(row.calls.size() + (c[3] % 20 == 0 ? 1 : 0));
    const auto& call = row.calls[std::min<std::size_t>(key.index, row.calls.size() - 1)];
    attempt = call.attempt + (c[3] % 10 == 1 ? 1 : 0) - (c[3] % 10 == 2 ? 1 : 0);
    reservation = c[3] % 25 == 3 ? c[2] % next_ : call.reservation;
  }
  switch (kind) {
  case 3:
  case 4:
  case 5: return begin_attempt{key, attempt, reservation, now_, 1000 + c[2] % 3};
  case 6:
  case 7: return settle_spend{reservation, now_, 2000 + c[2] % 3};
  case 8: return release_spend{reservation, now_};
  case 9: return reserve_retry{key, attempt + 1, next_++, now_, c[2] % 4, c[3] % 3 == 0};
  case 18: {
    adopt_job adopt{key.job, sha256(numbered("engine ", c[2])), {}, std::nullopt};
    if (c[3] % 2 == 0)
      adopt.age_from = now_ - duration{c[3]};
    for (const auto& p : row.accepted.spec->pictures)
      adopt.recognition_keys.push_back(recognition_key(numbered("engine ", c[2] % 2), {}, p.content));
    return adopt;
  }
  case 19: return note_pause{numbered("engine ", c[2] % 2), now_ + duration{c[3]}};
  case 16: return carry_over_spend{key, attempt, reservation, now_};
  case 17: {
    split_call split{key, attempt, now_, static_cast<std::uint32_t>(row.calls.size()), {}};
    if (key.index < row.accepted.calls.size())
      for (const auto i : row.accepted.calls[key.index].pictures)
        split.parts.push_back({{i}, next_++});
    return split;
  }
  case 10:
  case 11:
  case 12: {
    close_call close{key, attempt, now_, {}};
    const auto pictures =
        key.index < row.accepted.calls.size() ? row.accepted.calls[key.index].pictures.size() : std::size_t{1};
    for (std::size_t i = 0; i < pictures; ++i) {
      if ((c[2] + i) % 5 == 0)
        close.outcomes.push_back({nullptr, numbered("cannot read picture ", i), (c[2] + i) % 2 == 0});
      else
        close.outcomes.push_back({make_recognition(std::string((c[2] * 7 + i) % 90, 'a')), ""});
    }
    if (c[3] % 30 == 4)
      close.outcomes.pop_back();
    return close;
  }
  case 13:
  case 14: {
    auto end = make_end(key.job, now_);
    end.end.status = std::array{job_status::completed, job_status::failed, job_status::cancelled}[c[2] % 3];
    if (end.end.status != job_status::completed)
      end.end.error = numbered("because ", c[2]);
    end.end.repeatable = c[3] % 2 == 0;
    end.end.result_bytes = c[2];
    if (end.end.status == job_status::cancelled)
      end.end.started_at = row.started_at;
    return end;
  }
  default: return forget_job{key.job};
  }
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
