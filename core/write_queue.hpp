#pragma once

#include "core/clock.hpp"
#include "core/log_entry.hpp"
#include "core/registry/registry_events.hpp"
#include "core/transaction.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace glyphgate {

/// What can happen to the queue of writes.
namespace write_event {
/// Make it durable now, or refuse it: nothing has happened yet.
struct offer {
  asker from = 0;
  transactions_ptr unit;
};
/// It has happened, and is to be made durable however long that takes.
struct record {
  asker from = 0;
  transactions_ptr unit;
};
/// All that came by now may share a commit.
struct gathered {};
/// The commit is durable, with a verdict for each transaction.
struct committed {
  glyphgate::verdicts verdicts;
};
/// Nothing of the commit took effect.
struct failed {
  std::string reason;
};
/// It is not known whether the commit took effect.
struct unknown {
  std::string reason;
};
/// The store failed in something else than a commit.
struct store_failed {
  std::string reason;
};
/// It is `next_wake()` or later.
struct time_passed {};
} // namespace write_event

using any_write_event =
    std::variant<write_event::offer, write_event::record, write_event::gathered, write_event::committed,
                 write_event::failed, write_event::unknown, write_event::store_failed, write_event::time_passed>;

/// What the queue wants done.
namespace write_command {
/// To the store: answered by `committed`, `failed` or `unknown` before any other commit.
struct commit {
  batch_number number = 0;
  std::vector<transactions_ptr> units;
};
/// To whoever asked: the verdicts, or none when an offer is refused.
struct answer {
  asker to = 0;
  std::optional<glyphgate::verdicts> verdicts;
};
/// To itself, through its mailbox: what is there already comes first and shares the commit.
struct gather {};
} // namespace write_command

using any_write_command = std::variant<write_command::commit, write_command::answer, write_command::gather, log_entry>;

/// The one way into the store. Units are committed in the order in which they came; one commit is under way at most,
/// and what gathers meanwhile is the next. No unit overtakes another: a record that fails stays at the front until it
/// is durable, and offers that come meanwhile are refused. A commit of which it is not known whether it took effect is
/// repeated under its number until that is known. Pure.
class write_queue {
public:
  /// `last` is the number of the store's latest commit.
  explicit write_queue(batch_number last) : last_{last} {}

  std::vector<any_write_command> step(timestamp now, const any_write_event& event);

  std::optional<timestamp> next_wake() const { return wake_at_; }

  /// The store's latest answer was a good one.
  bool works() const { return works_; }

  /// How many units are in it.
  std::size_t size() const { return waiting_.size() + under_way_.size(); }

private:
  struct unit {
    asker from = 0;
    transactions_ptr transactions;
    bool is_offer = false;
  };

  void on(const write_event::offer& e);
  void on(const write_event::record& e);
  void on(const write_event::gathered& e);
  void on(const write_event::committed& e);
  void on(const write_event::failed& e);
  void on(const write_event::unknown& e);
  void on(const write_event::store_failed& e);
  void on(const write_event::time_passed& e);

  void add(unit u);
  void gather();
  /// Commits the units at the front that may share a commit.
  void start();
  void send();
  void refuse_offers();
  void try_later();
  void note(bool works, const std::string& reason);

  timestamp now_{};
  std::vector<any_write_command> commands_;
  batch_number last_;
  std::deque<unit> waiting_;
  std::vector<unit> under_way_;
  bool committing_ = false;
  bool gathering_ = false;
  /// After a commit of several units failed, that many at the front are tried one by one: one that the store refuses
  /// must not fail those beside it.
  std::size_t one_by_one_ = 0;
  /// How many in a row failed by themselves.
  std::size_t failed_alone_ = 0;
  bool works_ = true;
  std::optional<timestamp> wake_at_;
};

} // namespace glyphgate
