#include "actors/job_endings.hpp"

#include "core/log.hpp"

namespace glyphgate {

void job_endings::end(const job_id& id, std::vector<store::transaction> transactions, std::function<void()> then) {
  transactions.push_back(store::end_job{context_.jobs.ending(id)});
  store_.commit(unit_of(std::move(transactions)), [this, id, then = std::move(then)] {
    publish(id);
    then();
  });
}

void job_endings::publish(const job_id& id) {
  const auto view = std::make_shared<const job_view>(context_.jobs.publish(id));
  const auto took = view->started_at ? *view->completed_at - *view->started_at : duration::zero();
  log::info("job_ended", {{"job_id", id},
                          {"status", to_string(view->status)},
                          {"images", view->pictures_total},
                          {"ms", std::chrono::duration_cast<std::chrono::milliseconds>(took).count()}});
  if (auto node = waiters_.extract(id); !node.empty())
    for (auto& w : node.mapped())
      w.promise.deliver(job_view_ptr{view});
  if (auto node = unwanted_.extract(id); !node.empty())
    forget({id}, std::move(node.mapped()));
}

caf::result<job_view_ptr> job_endings::get(const job_id& id) {
  const auto* view = context_.jobs.view(context_.now(), id);
  if (view == nullptr)
    return ec::job_not_found;
  return with_result(*view);
}

caf::result<job_view_ptr> job_endings::wait(const job_id& id, timestamp deadline) {
  const auto now = context_.now();
  const auto* view = context_.jobs.view(now, id);
  if (view == nullptr)
    return ec::job_not_found;
  if (is_final(view->status) || deadline <= now)
    return with_result(*view);
  auto promise = context_.self->make_response_promise<job_view_ptr>();
  waiters_[id].push_back({deadline, promise});
  context_.agenda.at(deadline, [this, id, deadline] { answer_late(id, deadline); });
  return promise;
}

caf::result<job_view_ptr> job_endings::with_result(const job_view& view) {
  if (view.status != job_status::completed && view.status != job_status::failed)
    return std::make_shared<const job_view>(view);
  auto promise = context_.self->make_response_promise<job_view_ptr>();
  context_.self->request(context_.setup.store, store_timeout, read_atom::value, view.id)
      .then(
          [promise, full = job_view{view}](const job_result_ptr& result) mutable {
            if (!result)
              return void(promise.deliver(make_error(ec::job_not_found)));
            full.result = result;
            promise.deliver(job_view_ptr{std::make_shared<const job_view>(std::move(full))});
          },
          [promise](const caf::error&) mutable { promise.deliver(make_error(ec::store_unavailable)); });
  return promise;
}

caf::result<acknowledged> job_endings::cancel(const job_id& id) {
  const auto now = context_.now();
  const auto* view = context_.jobs.view(now, id);
  if (view == nullptr)
    return ec::job_not_found;
  auto promise = context_.self->make_response_promise<acknowledged>();
  if (context_.jobs.cancel(now, id)) {
    context_.self->send(context_.setup.pool, cancel_atom::value, id);
    end(id, {}, [promise]() mutable { promise.deliver(acknowledged{}); });
  } else if (is_final(view->status)) {
    forget({id}, {promise});
  } else {
    unwanted_[id].push_back(promise);
  }
  return promise;
}

void job_endings::forget_expired() {
  auto expired = context_.jobs.expired(context_.now());
  if (expired.empty())
    return;
  log::info("jobs_expired", {{"count", expired.size()}});
  forget(std::move(expired), {});
}

void job_endings::forget(std::vector<job_id> ids, std::vector<forget_promise> promises) {
  std::vector<store::transaction> transactions;
  transactions.reserve(ids.size());
  for (const auto& id : ids)
    transactions.emplace_back(store::forget_job{id});
  store_.commit(unit_of(std::move(transactions)), [this, ids = std::move(ids), promises = std::move(promises)] {
    for (const auto& id : ids)
      context_.jobs.forget(id);
    for (auto promise : promises)
      promise.deliver(acknowledged{});
  });
}

void job_endings::answer_late(const job_id& id, timestamp now) {
  const auto found = waiters_.find(id);
  if (found == waiters_.end())
    return;
  const auto* view = context_.jobs.view(context_.now(), id);
  std::erase_if(found->second, [&](waiter& w) {
    if (w.deadline > now)
      return false;
    if (view != nullptr)
      w.promise.deliver(job_view_ptr{std::make_shared<const job_view>(*view)});
    else
      w.promise.deliver(make_error(ec::job_not_found));
    return true;
  });
  if (found->second.empty())
    waiters_.erase(found);
}

void job_endings::answer_all() {
  std::vector<job_id> ids;
  for (const auto& [id, list] : waiters_)
    ids.push_back(id);
  for (const auto& id : ids)
    answer_late(id, timestamp::max());
}

} // namespace glyphgate
