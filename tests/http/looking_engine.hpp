#pragma once

#include "fake_gateway.hpp"
#include "vision/documents/document.hpp"
#include "vision/reader/picture_reader.hpp"

#include <functional>
#include <memory>
#include <stop_token>
#include <utility>
#include <variant>
#include <vector>

namespace glyphgate::http::test {

/// What a document is found to be.
using look_fn = std::function<vision::looked_at_document(const held_bytes& file, const vision::document_request&)>;

/// Looks at documents as a test says, and does nothing else.
class looking_reader final : public vision::picture_reader {
public:
  explicit looking_reader(look_fn look) : look_{std::move(look)} {}

  vision::made_montage draw(const std::vector<picture>&, const vision::montage_limits&,
                            const std::stop_token&) override {
    return vision::no_montage{"nothing is drawn here"};
  }
  std::variant<picture_outcome, call_failure> read(const picture&, const vision::reading_request&,
                                                   const std::stop_token&) override {
    return call_failure{ec::internal, "nothing is read here", false, std::nullopt};
  }
  sift_outcome sift(const std::vector<picture>&, const sieve_options&, const std::stop_token&) override {
    return call_failure{ec::internal, "nothing is sifted here", false, std::nullopt};
  }
  vision::looked_at_document look(const held_bytes& file, const vision::document_request& request,
                                  const std::stop_token&) override {
    return look_(file, request);
  }

private:
  const look_fn look_;
};

/// An engine that has such readers.
class looking_engine final : public fake_engine {
public:
  explicit looking_engine(look_fn look) : look_{std::move(look)} {}
  std::unique_ptr<vision::picture_reader> make_reader() const override {
    return std::make_unique<looking_reader>(look_);
  }

private:
  const look_fn look_;
};

} // namespace glyphgate::http::test
