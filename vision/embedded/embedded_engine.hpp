#pragma once

#include "vision/embedded/reading_rules.hpp"
#include "vision/engine.hpp"
#include "vision/reader/picture_reader.hpp"

#include <memory>
#include <stop_token>

namespace glyphgate::vision {

/// The engines that come with the service, run by a reader: each picture of a call by itself. Nothing ever leaves the
/// machine, but once the first picture is begun the call counts as made.
///
/// Fails with engine_unavailable when an engine's data cannot be loaded, with request_rejected on a hint that cannot
/// be served, and with internal where no reader can be started.
class embedded_engine final : public engine {
public:
  embedded_engine(std::unique_ptr<picture_reader> reader, std::shared_ptr<const reading_rules> rules);

  call_outcome annotate(const planned_call& call, std::stop_token stop, const progress_fn& progress) override;
  void rest() override { reader_->rest(); }

private:
  std::unique_ptr<picture_reader> reader_;
  std::shared_ptr<const reading_rules> rules_;
};

} // namespace glyphgate::vision
