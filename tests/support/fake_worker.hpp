#pragma once

#include "actors/interfaces.hpp"
#include "support/file_of.hpp"
#include "support/test_jobs.hpp"

#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace glyphgate {

/// A worker that answers a call when the test says so.
using fake_worker_actor = vision_worker_actor::extend<caf::reacts_to<settle_atom, call_outcome_ptr>>;

/// The calls that the fake workers hold, in the order in which they were given; the test answers them.
struct held_calls {
  struct held {
    planned_call_ptr call;
    progress_actor listener;
    std::stop_token stop;
    fake_worker_actor worker;
  };

  std::deque<held> calls;
  std::vector<fake_worker_actor> workers;

  /// Answers the call that is held the longest.
  void answer(call_outcome outcome) {
    const auto first = std::move(calls.front());
    calls.pop_front();
    caf::anon_send(first.worker, settle_atom::value,
                   call_outcome_ptr{std::make_shared<const call_outcome>(std::move(outcome))});
  }

  /// Answers it with what the tests' engine reads: each picture's content.
  void answer_well() {
    annotation made;
    for (const auto& p : calls.front().call->pictures)
      made.pictures.push_back({test_recognition(file_of(p)), ""});
    answer(std::move(made));
  }
};

inline fake_worker_actor::behavior_type fake_worker(fake_worker_actor::pointer self,
                                                    const std::shared_ptr<held_calls>& held) {
  auto promise = std::make_shared<caf::typed_response_promise<call_outcome_ptr>>();
  return {
      [=](annotate_atom, const planned_call_ptr& call, const progress_actor& listener, const std::stop_token& stop) {
        *promise = self->make_response_promise<call_outcome_ptr>();
        held->calls.push_back({call, listener, stop, fake_worker_actor{self}});
        return *promise;
      },
      [](tick_atom) {},
      [=](settle_atom, const call_outcome_ptr& outcome) { promise->deliver(outcome); },
  };
}

} // namespace glyphgate
