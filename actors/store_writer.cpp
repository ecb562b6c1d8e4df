#include "actors/store_writer.hpp"

#include "core/log.hpp"

#include <span>

namespace glyphgate {

namespace {

constexpr auto probe_interval = std::chrono::seconds{1};

class writer {
public:
  writer(store_writer_actor::pointer self, std::shared_ptr<store::job_store> store)
      : self_{self},
        store_{std::move(store)} {}

  caf::result<verdicts> add(transactions_ptr transactions) {
    // Whatever stands in the mailbox already is handled before the flush, and so shares its commit.
    if (units_.empty())
      self_->send(self_, flush_atom::value);
    auto promise = self_->make_response_promise<verdicts>();
    units_.push_back({std::move(transactions), promise});
    return promise;
  }

  void flush() {
    const auto units = std::exchange(units_, {});
    // A flush that finds nothing is the probe, or stands for one that took its units along: one probe is under way at
    // most, however many commits fail.
    if (units.empty())
      probing_ = false;
    if (!commit(units)) {
      commit_one_by_one(units);
    }
    if (!works_)
      probe_later();
  }

  template <class Read>
  auto read(Read read) -> caf::result<decltype(read(std::declval<store::job_store&>()))> {
    try {
      return read(*store_);
    } catch (const store::store_error& e) {
      note(false, e.what());
      probe_later();
      return ec::store_unavailable;
    }
  }

  void forget_before(timestamp at) {
    try {
      store_->forget_spends_before(at);
    } catch (const store::store_error& e) {
      note(false, e.what());
      probe_later();
    }
  }

  bool works() const { return works_; }

private:
  struct unit {
    transactions_ptr transactions;
    caf::typed_response_promise<verdicts> promise;
  };

  /// One unit that the store refuses must not fail those that share its commit. Where two in a row fail by themselves
  /// it is the store: each further try might wait for another process's lock.
  void commit_one_by_one(std::span<const unit> units) {
    int failed = units.size() == 1 ? 2 : 0;
    for (const auto& u : units) {
      if (failed < 2 && commit({&u, 1})) {
        failed = 0;
        continue;
      }
      ++failed;
      refuse(u);
    }
  }

  bool commit(std::span<const unit> units) {
    try {
      deliver(units, store_->commit(joined(units)));
    } catch (const store::store_error& e) {
      note(false, e.what());
      return false;
    }
    note(true, "");
    return true;
  }

  static std::vector<store::transaction> joined(std::span<const unit> units) {
    std::vector<store::transaction> all;
    for (const auto& u : units)
      all.insert(all.end(), u.transactions->begin(), u.transactions->end());
    return all;
  }

  static void deliver(std::span<const unit> units, const verdicts& all) {
    auto first = all.begin();
    for (auto u : units) {
      const auto last = first + static_cast<std::ptrdiff_t>(u.transactions->size());
      u.promise.deliver(verdicts{first, last});
      first = last;
    }
  }

  /// While the store fails nothing may reach it, as /readyz keeps clients away: an empty commit tells when it works
  /// again.
  void probe_later() {
    if (std::exchange(probing_, true))
      return;
    self_->delayed_send(self_, probe_interval, flush_atom::value);
  }

  static void refuse(unit u) { u.promise.deliver(make_error(ec::store_unavailable)); }

  void note(bool works, const char* reason) {
    if (works == std::exchange(works_, works))
      return;
    if (works)
      log::info("store_works_again");
    else
      log::error("store_failed", {{"reason", reason}});
  }

  store_writer_actor::pointer self_;
  std::shared_ptr<store::job_store> store_;
  std::vector<unit> units_;
  bool works_ = true;
  bool probing_ = false;
};

} // namespace

store_writer_actor::behavior_type store_writer(store_writer_actor::pointer self,
                                               const std::shared_ptr<store::job_store>& store) {
  auto w = std::make_shared<writer>(self, store);
  return {
      [=](commit_atom, const transactions_ptr& transactions) { return w->add(transactions); },
      [=](sweep_atom, timestamp at) { w->forget_before(at); },
      [=](recall_atom, const digests_ptr& keys) {
        return w->read([&](store::job_store& s) { return s.recall(*keys); });
      },
      [=](read_atom, const job_id& id) { return w->read([&](store::job_store& s) { return s.read_result(id); }); },
      [=](status_atom) { return w->works(); },
      [=](flush_atom) { w->flush(); },
  };
}

} // namespace glyphgate
