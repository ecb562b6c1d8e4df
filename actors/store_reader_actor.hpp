#pragma once

#include "actors/interfaces.hpp"
#include "store/store.hpp"

#include <memory>

namespace glyphgate {

/// The store reader's behaviour. The writer hears when the store cannot be read.
store_reader_actor::behavior_type store_reader(store_reader_actor::pointer self,
                                               const std::shared_ptr<store::job_reader>& reader,
                                               const store_writer_actor& writer);

} // namespace glyphgate
