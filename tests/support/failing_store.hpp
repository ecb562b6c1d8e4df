#pragma once

#include "support/memory_store.hpp"

#include <functional>

namespace glyphgate {

/// A store in memory that fails when the test says so, and counts its commits.
class failing_store : public store::memory_store {
public:
  /// Asked before each commit; true makes it fail.
  std::function<bool(std::span<const transaction>)> fails = [](auto) { return false; };
  int commits = 0;

  verdicts commit(batch_number number, std::span<const transaction> transactions) override {
    ++commits;
    if (fails(transactions))
      throw store::store_error{"the disk is full"};
    return memory_store::commit(number, transactions);
  }

  recognitions recall(std::span<const digest> keys) override {
    if (recall_fails)
      throw store::store_error{"the disk is gone"};
    return memory_store::recall(keys);
  }

  bool recall_fails = false;
};

} // namespace glyphgate
