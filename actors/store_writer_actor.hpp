#pragma once

#include "actors/interfaces.hpp"
#include "core/clock.hpp"
#include "core/observer.hpp"
#include "core/transaction.hpp"
#include "store/store.hpp"

#include <memory>

namespace glyphgate {

/// The store writer's behaviour. `last` is the number of the store's latest commit. It reports every commit to `watch`.
store_writer_actor::behavior_type store_writer(store_writer_actor::pointer self,
                                               const std::shared_ptr<store::job_store>& store, batch_number last,
                                               clock_fn clock, observer_ptr watch);

} // namespace glyphgate
