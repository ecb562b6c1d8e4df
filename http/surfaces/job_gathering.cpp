#include "http/surfaces/job_gathering.hpp"

#include "core/log.hpp"

#include <algorithm>
#include <utility>

namespace glyphgate::http {

namespace {

problem deadline_exceeded() {
  return make_problem(504, "deadline-exceeded", "The images are not read yet",
                      "they are being read on; the same request finds what was read, at no cost "
                      "(VISION_FACADE_TIMEOUT_SECONDS)");
}

} // namespace

job_gathering::job_gathering(std::shared_ptr<gateway> gate, clock_fn clock, timestamp deadline, std::string request_id)
    : gate_{std::move(gate)},
      clock_{std::move(clock)},
      deadline_{deadline},
      request_id_{std::move(request_id)} {}

void job_gathering::start(const job_intake& intake, const std::vector<std::shared_ptr<const job_spec>>& jobs,
                          done_fn done) {
  bool left = false;
  {
    const std::lock_guard lock{mutex_};
    done_ = std::move(done);
    open_ = jobs.size();
    ended_.resize(jobs.size());
    left = left_;
  }
  if (left)
    return finish(deadline_exceeded());
  for (std::size_t i = 0; i < jobs.size(); ++i)
    intake.submit(jobs[i], [self = shared_from_this(), i, owner = jobs[i]->owner](const submission& s) {
      self->submitted(i, owner, s);
    });
}

void job_gathering::leave() {
  {
    const std::lock_guard lock{mutex_};
    left_ = true;
  }
  finish(deadline_exceeded());
}

void job_gathering::submitted(std::size_t position, const owner_name& owner, const submission& s) {
  if (!s.accepted())
    return finish(problem_of(s));
  log::info("job_submitted", {{"job_id", s.id},
                              {"status", to_string(s.status)},
                              {"identical", s.identical},
                              {"repeated", s.repeated},
                              {"request_id", request_id_}});
  wait(position, owner, s.id);
}

void job_gathering::wait(std::size_t position, const owner_name& owner, const job_id& id) {
  auto leave = gate_->wait(owner, id, std::max(duration::zero(), deadline_ - clock_()),
                           [self = shared_from_this(), position](const std::variant<job_view_ptr, ec>& reply) {
                             self->ended(position, reply);
                           });
  {
    const std::lock_guard lock{mutex_};
    if (done_) {
      waits_.push_back(std::move(leave));
      return;
    }
  }
  leave();
}

void job_gathering::ended(std::size_t position, const std::variant<job_view_ptr, ec>& reply) {
  if (const auto* code = std::get_if<ec>(&reply))
    // Who deletes a job that somebody waits for cancels it.
    return finish(make_problem(*code == ec::job_not_found ? ec::cancelled : *code));
  const auto& job = std::get<job_view_ptr>(reply);
  if (!is_final(job->status))
    return finish(deadline_exceeded());
  {
    const std::lock_guard lock{mutex_};
    ended_[position] = job;
    if (--open_ != 0)
      return;
    waits_.clear();
  }
  finish(std::move(ended_));
}

void job_gathering::finish(outcome o) {
  done_fn done;
  {
    const std::lock_guard lock{mutex_};
    done = std::exchange(done_, nullptr);
  }
  if (!done)
    return;
  end_waits();
  done(std::move(o));
}

void job_gathering::end_waits() {
  std::vector<std::function<void()>> waits;
  {
    const std::lock_guard lock{mutex_};
    waits.swap(waits_);
  }
  for (const auto& leave : waits)
    leave();
}

} // namespace glyphgate::http
