#pragma once

#include "vision/embedded/reader_sieve.hpp"
#include "vision/embedded/reading_rules.hpp"
#include "vision/engine.hpp"
#include "vision/reader/picture_reader.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace glyphgate::vision {

/// Provides the engines that come with the service and cost nothing. Immutable; usable from any thread.
class embedded_provider final : public engine_provider {
public:
  /// The readers have the engines that the rules ask for, and take `memory`.
  embedded_provider(std::shared_ptr<const reading_rules> rules, reader_factory make_reader, sieve_source sieve = {},
                    std::shared_ptr<const picture_memory> memory = nullptr);

  std::string_view name() const override { return rules_->name(); }
  std::string recognition_scope() const override { return rules_->scope(); }
  micro_dollars price_per_call() const override { return 0; }
  bool reads_montages() const override { return false; }
  std::vector<std::string> refuse_hints(const std::vector<std::string>& hints) const override;
  std::uint64_t memory_of(const picture_header& header) const override;
  std::vector<std::string> stands_for() const override { return {"local", "ppocr", "tesseract"}; }
  std::vector<listed_engine> engines() const override { return rules_->engines(); }
  std::unique_ptr<engine> make() const override;
  std::unique_ptr<picture_reader> make_reader() const override { return make_reader_(); }
  std::unique_ptr<sieve> make_sieve() const override { return sieve_.make(); }
  std::string sieve_scope() const override { return sieve_.scope; }
  std::shared_ptr<const picture_memory> memory() const override { return memory_; }

private:
  std::shared_ptr<const reading_rules> rules_;
  reader_factory make_reader_;
  sieve_source sieve_;
  std::shared_ptr<const picture_memory> memory_;
};

} // namespace glyphgate::vision
