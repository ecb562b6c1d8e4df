#pragma once

#include "actors/agenda.hpp"
#include "actors/interfaces.hpp"
#include "actors/job_registry.hpp"

#include <functional>
#include <utility>

namespace glyphgate {

/// What the parts of the registry share. Owned by the registry actor and used on its thread.
struct registry_context {
  job_registry_actor::pointer self;
  job_registry_setup setup;
  job_registry_state jobs;
  glyphgate::agenda agenda;

  timestamp now() const { return setup.clock(); }
  void later(duration delay, std::function<void()> action) { agenda.at(now() + delay, std::move(action)); }
};

/// How long the registry waits for another actor's answer.
constexpr auto actor_timeout = std::chrono::seconds{10};
/// How long it waits for the store.
constexpr auto store_timeout = std::chrono::seconds{30};

/// Transactions that are committed together.
inline transactions_ptr unit_of(std::vector<store::transaction> transactions) {
  return std::make_shared<const std::vector<store::transaction>>(std::move(transactions));
}

} // namespace glyphgate
