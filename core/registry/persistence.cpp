#include "core/registry/persistence.hpp"

namespace glyphgate {

void persistence::record(std::vector<transaction> transactions, any_after_record then) {
  const auto as = core_.next_question();
  const auto unit = unit_of(std::move(transactions));
  open_.emplace(as, recorded{unit, std::move(then)});
  core_.recent.recorded(as, *unit);
  core_.command(registry_command::record{as, unit});
}

std::optional<any_after_record> persistence::stored(question to, const verdicts& v) {
  auto node = open_.extract(to);
  if (node.empty())
    return std::nullopt;
  auto& done = node.mapped();
  core_.recent.stored(to);
  check(*done.transactions, v);
  follow_ledger(*done.transactions);
  return std::move(done.then);
}

void persistence::check(const std::vector<transaction>& transactions, const verdicts& v) {
  for (std::size_t i = 0; i < transactions.size(); ++i)
    if (i >= v.size() || v[i] == verdict::stale)
      core_.command(log_entry{log_level::error, "store_out_of_step", {{"transaction", name_of(transactions[i])}}});
}

void persistence::follow_ledger(const std::vector<transaction>& transactions) {
  for (const auto& t : transactions) {
    if (const auto* settled = std::get_if<settle_spend>(&t)) {
      core_.command(registry_command::settle{settled->reservation, settled->price, by_owner(*settled->shares)});
      core_.command(registry_command::tell_recorded{settled->reservation});
    } else if (const auto* released = std::get_if<release_spend>(&t)) {
      core_.command(registry_command::release{released->reservation});
      core_.room_made = true;
      core_.command(registry_command::tell_recorded{released->reservation});
    } else if (const auto* carried = std::get_if<carry_over_spend>(&t)) {
      core_.command(registry_command::tell_recorded{carried->reservation});
    }
  }
}

} // namespace glyphgate
