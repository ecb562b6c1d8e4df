#pragma once

#include "http/formats/pdf/pdf.hpp"
#include "http/uploads/decode_pool.hpp"
#include "vision/engine.hpp"
#include "vision/reader/picture_reader.hpp"

#include <functional>
#include <memory>
#include <stop_token>
#include <utility>

namespace glyphgate::http {

/// Where documents with pictures are made: on a thread of its own, one piece after the other, so that nobody waits for
/// a picture who does not want it. What takes a decoder is done by a reader in its cage.
class drawing_desk {
public:
  explicit drawing_desk(std::shared_ptr<const vision::engine_provider> engine) : engine_{std::move(engine)} {}

  /// From any thread; dropped after `stop` has begun.
  void post(std::function<void()> work) { thread_.post(std::move(work)); }

  /// On the desk's thread only.
  drawn_jpeg draw(const picture& one);

  /// Returns when nothing runs any more.
  void stop();

private:
  std::shared_ptr<const vision::engine_provider> engine_;
  std::stop_source stop_;
  decode_pool thread_{1};
};

} // namespace glyphgate::http
