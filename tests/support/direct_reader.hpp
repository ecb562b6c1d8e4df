#pragma once

#include "vision/compose/draw_montage.hpp"
#include "vision/reader/picture_reader.hpp"

namespace glyphgate::vision {

/// Draws montages in this process; reads nothing.
class direct_reader final : public picture_reader {
public:
  made_montage draw(const std::vector<picture>& pictures, const montage_limits& limits,
                    const std::stop_token& stop) override {
    return draw_montage(pictures, limits, stop);
  }

  std::variant<picture_outcome, call_failure> read(const picture&, const reading_request&,
                                                   const std::stop_token&) override {
    return call_failure{ec::internal, "this reader has no engine", false, std::nullopt};
  }

  sift_outcome sift(const std::vector<picture>&, const sieve_options&, const std::stop_token&) override {
    return call_failure{ec::internal, "this reader has no engine", false, std::nullopt};
  }

  looked_at_document look(const held_bytes&, const document_request&, const std::stop_token&) override {
    return picture_refusal{ec::invalid_picture, "this reader reads no documents", std::nullopt};
  }
};

/// Makes them.
inline reader_factory direct_readers() {
  return [] { return std::make_unique<direct_reader>(); };
}

} // namespace glyphgate::vision
