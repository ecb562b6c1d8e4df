#pragma once

#include "vision/engine.hpp"
#include "vision/reader/picture_reader.hpp"
#include "vision/sieve.hpp"

#include <memory>
#include <string>

namespace glyphgate::vision {

/// A sieve whose pictures are looked at by ppocr in a reader. It answers nothing by text where a hint names a language
/// that ppocr does not read.
class reader_sieve final : public sieve {
public:
  explicit reader_sieve(std::unique_ptr<picture_reader> reader) : reader_{std::move(reader)} {}

  sift_outcome sift(const std::vector<picture>& pictures, const std::vector<std::string>& hints,
                    const sieve_options& options, std::stop_token stop, const progress_fn& progress) override;
  void rest() override { reader_->rest(); }

private:
  std::unique_ptr<picture_reader> reader_;
};

/// What makes sieves; empty where there is no ppocr.
struct sieve_source {
  reader_factory make_reader{};
  /// As `engine_provider::sieve_scope`.
  std::string scope{};
  /// ppocr, or that it is absent.
  listed_engine reads_with{"ppocr", "", {}, "it was not looked for"};

  std::unique_ptr<sieve> make() const { return make_reader ? std::make_unique<reader_sieve>(make_reader()) : nullptr; }
};

} // namespace glyphgate::vision
