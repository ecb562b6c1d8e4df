#pragma once

#include "actors/registry_context.hpp"

#include <cstddef>
#include <functional>

namespace glyphgate {

/// Makes durable what has happened already: while the store fails, it is tried again until it succeeds. Part of the
/// registry.
class persistence {
public:
  explicit persistence(registry_context& context) : context_{context} {}

  /// Commits the unit, moves the limiter's windows after the ledger, then calls `then`. Units that do not fail are
  /// committed in the order of the calls.
  void commit(
      transactions_ptr unit, std::function<void()> then = [] {});

  /// Nothing is on its way to the store.
  bool idle() const { return open_ == 0; }

private:
  void tell_limiter(const std::vector<store::transaction>& transactions);

  registry_context& context_;
  /// Units that are not durable yet.
  std::size_t open_ = 0;
};

} // namespace glyphgate
