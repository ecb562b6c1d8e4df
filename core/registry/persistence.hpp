#pragma once

#include "core/registry/registry_core.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace glyphgate {

/// What follows once a unit is durable.
namespace after_record {
struct nothing {};
/// The call's next attempt, after a delay.
struct dispatch_later {
  call_attempt call;
  duration delay{};
};
struct dispatch_all {
  std::vector<call_attempt> calls;
};
/// The attempt's spend is settled; another is reserved when the window has room.
struct reserve_later {
  call_attempt call;
  duration delay{};
};
/// A job that waited in line is aboard its calls, those new ones among them.
struct boarded {
  job_id id;
};
/// The jobs' end may be shown, and then these answers given.
struct show_end {
  std::vector<job_id> ids;
  std::vector<registry_command::answer> answers{};
};
struct forget_jobs {
  std::vector<job_id> ids;
  std::vector<asker> asked_by;
};
/// A job that was refused for lateness is out of the store again: its windows take back what it had reserved.
struct revoke {
  admission granted;
};
/// Who asked for it is answered.
struct done_for {
  asker from = 0;
};
/// The request is answered, and its answer kept under its key.
struct tell_submission {
  asker from = 0;
  submission answer;
  answered_request request;
};
/// Calls go on, unless they were stopped again meanwhile.
struct resumed {
  asker from = 0;
  std::uint64_t number = 0;
  std::string by;
};
} // namespace after_record

using any_after_record =
    std::variant<after_record::nothing, after_record::dispatch_later, after_record::dispatch_all,
                 after_record::reserve_later, after_record::boarded, after_record::show_end, after_record::forget_jobs,
                 after_record::revoke, after_record::done_for, after_record::tell_submission, after_record::resumed>;

/// Makes durable what has happened already. The store takes the units in the order of the calls and keeps at it until
/// they are durable, so that none is overtaken and none is lost. Part of the registry.
class persistence {
public:
  explicit persistence(registry_core& core) : core_{core} {}

  /// The unit is on its way; `then` is handed back by `stored`.
  void record(std::vector<transaction> unit, any_after_record then = after_record::nothing{});

  /// The unit of that question is durable: the limiter's windows and the pool follow the ledger. Returns what follows;
  /// none when the question is not of this part.
  std::optional<any_after_record> stored(question to, const verdicts& v);

  /// How many units are on their way.
  std::size_t open() const { return open_.size(); }

  /// Calls `look` with each call that goes on as soon as its unit is durable. For tests.
  template <class Look>
  void each_waiting(Look look) const {
    for (const auto& [as, unit] : open_) {
      if (const auto* later = std::get_if<after_record::dispatch_later>(&unit.then))
        look(later->call);
      else if (const auto* again = std::get_if<after_record::reserve_later>(&unit.then))
        look(again->call);
      else if (const auto* all = std::get_if<after_record::dispatch_all>(&unit.then))
        for (const auto& call : all->calls)
          look(call);
    }
  }

private:
  struct recorded {
    transactions_ptr transactions;
    any_after_record then;
  };

  void follow_ledger(const std::vector<transaction>& transactions);
  /// Everything that is recorded was decided here, in order: the store has no reason to find it out of date.
  void check(const std::vector<transaction>& transactions, const verdicts& v);

  registry_core& core_;
  std::unordered_map<question, recorded> open_;
};

} // namespace glyphgate
