#pragma once

#include "vision/engine.hpp"
#include "vision/reader/picture_reader.hpp"

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace glyphgate::vision {

/// The engine's codes for a call's language hints, which may be none; or why one cannot be served.
using languages_fn =
    std::function<std::variant<std::vector<std::string>, std::string>(const std::vector<std::string>&)>;

/// An engine that comes with the service, run by a reader: each picture of a call by itself. Nothing ever leaves the
/// machine, but once the first picture is begun the call counts as made.
///
/// Fails with engine_unavailable when the engine's data cannot be loaded, with request_rejected on a hint that cannot
/// be served, and with internal where no reader can be started.
class embedded_engine final : public engine {
public:
  embedded_engine(std::unique_ptr<picture_reader> reader, languages_fn languages);

  call_outcome annotate(const planned_call& call, std::stop_token stop, const progress_fn& progress) override;
  void rest() override { reader_->rest(); }

private:
  std::unique_ptr<picture_reader> reader_;
  languages_fn languages_;
};

} // namespace glyphgate::vision
