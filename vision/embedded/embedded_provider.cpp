#include "vision/embedded/embedded_provider.hpp"

#include "vision/embedded/embedded_engine.hpp"

#include <utility>

namespace glyphgate::vision {

embedded_provider::embedded_provider(std::shared_ptr<const reading_rules> rules, reader_factory make_reader,
                                     sieve_source sieve, std::shared_ptr<const picture_memory> memory)
    : rules_{std::move(rules)},
      make_reader_{std::move(make_reader)},
      sieve_{std::move(sieve)},
      memory_{std::move(memory)} {}

std::vector<std::string> embedded_provider::refuse_hints(const std::vector<std::string>& hints) const {
  return rules_->refuse(hints);
}

std::uint64_t embedded_provider::memory_of(const picture_header& header) const {
  return rules_->memory_of(header);
}

std::unique_ptr<engine> embedded_provider::make() const {
  return std::make_unique<embedded_engine>(make_reader_(), rules_);
}

} // namespace glyphgate::vision
