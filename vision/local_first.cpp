#include "vision/local_first.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace glyphgate::vision {

namespace {

std::string text_of(double number) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return {text.data(), end};
}

class local_first_provider : public engine_provider {
public:
  local_first_provider(std::shared_ptr<const engine_provider> engines, std::string rule)
      : engines_{std::move(engines)},
        rule_{std::move(rule)} {}

  std::string_view name() const override { return engines_->name(); }
  std::string recognition_scope() const override {
    return engines_->recognition_scope() + " local-first " + rule_ + ' ' + engines_->sieve_scope();
  }
  micro_dollars price_per_call() const override { return engines_->price_per_call(); }
  bool reads_montages() const override { return engines_->reads_montages(); }
  std::vector<std::string> refuse_hints(const std::vector<std::string>& hints) const override {
    return engines_->refuse_hints(hints);
  }
  std::uint64_t memory_of(const picture_header& header) const override { return engines_->memory_of(header); }
  std::vector<std::string> stands_for() const override { return engines_->stands_for(); }
  std::vector<listed_engine> engines() const override { return engines_->engines(); }
  std::unique_ptr<engine> make() const override { return engines_->make(); }
  std::unique_ptr<picture_reader> make_reader() const override { return engines_->make_reader(); }
  std::unique_ptr<sieve> make_sieve() const override { return engines_->make_sieve(); }
  std::string sieve_scope() const override { return engines_->sieve_scope(); }
  std::shared_ptr<const picture_memory> memory() const override { return engines_->memory(); }

private:
  std::shared_ptr<const engine_provider> engines_;
  std::string rule_;
};

} // namespace

std::shared_ptr<const engine_provider> local_first(std::shared_ptr<const engine_provider> engines, sieve_mode mode,
                                                   double confidence) {
  std::string rule{to_string(mode)};
  if (mode == sieve_mode::confident)
    rule += ' ' + text_of(confidence);
  return std::make_shared<const local_first_provider>(std::move(engines), std::move(rule));
}

} // namespace glyphgate::vision
