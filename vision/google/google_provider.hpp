#pragma once

#include "core/config.hpp"
#include "vision/embedded/reader_sieve.hpp"
#include "vision/engine.hpp"
#include "vision/reader/picture_reader.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace glyphgate::vision {

struct google_account;

/// Provides Google Cloud Vision. Immutable; usable from any thread.
class google_provider final : public engine_provider {
public:
  google_provider(std::shared_ptr<const google_account> account, reader_factory make_reader, sieve_source sieve = {},
                  std::shared_ptr<const picture_memory> memory = nullptr);

  std::string_view name() const override { return "google"; }
  /// With the endpoint, the location and the default hints.
  std::string recognition_scope() const override;
  micro_dollars price_per_call() const override;
  bool reads_montages() const override { return true; }
  /// Refuses what is no language tag; which languages it can read only Google knows.
  std::vector<std::string> refuse_hints(const std::vector<std::string>& hints) const override;
  /// None for a picture that is joined to others without decoding it.
  std::uint64_t memory_of(const picture_header& header) const override;
  /// Google, and what its sieve reads with.
  std::vector<listed_engine> engines() const override { return {{"google", "", {}, ""}, sieve_.reads_with}; }
  std::unique_ptr<engine> make() const override;
  std::unique_ptr<picture_reader> make_reader() const override { return make_reader_(); }
  std::unique_ptr<sieve> make_sieve() const override { return sieve_.make(); }
  std::string sieve_scope() const override { return sieve_.scope; }
  std::shared_ptr<const picture_memory> memory() const override { return memory_; }

private:
  std::shared_ptr<const google_account> account_;
  reader_factory make_reader_;
  sieve_source sieve_;
  std::shared_ptr<const picture_memory> memory_;
};

/// The provider of these settings, or what is wrong with them, for the operator to read: it names the environment's
/// variable, and shows no secret. Reads the credentials; asks nothing of the network.
std::variant<std::unique_ptr<google_provider>, std::string>
make_google_provider(google_config settings, reader_factory make_reader, sieve_source sieve = {},
                     std::shared_ptr<const picture_memory> memory = nullptr);

} // namespace glyphgate::vision
