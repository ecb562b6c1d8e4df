#pragma once

#include "actors/interfaces.hpp"

#include <memory>

namespace glyphgate {

/// The store writer's behaviour over its store, which it alone uses from now on. Units that arrive while a commit is
/// under way are committed together; a unit is never split.
store_writer_actor::behavior_type store_writer(store_writer_actor::pointer self,
                                               const std::shared_ptr<store::job_store>& store);

} // namespace glyphgate
