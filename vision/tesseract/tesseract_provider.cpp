#include "vision/tesseract/tesseract_provider.hpp"

#include "vision/reader/embedded_engine.hpp"
#include "vision/reader/memory_need.hpp"

#include <utility>
#include <variant>

namespace glyphgate::vision {

tesseract_provider::tesseract_provider(std::string_view default_languages,
                                       std::shared_ptr<const tesseract_languages> languages, reader_factory make_reader)
    : languages_{std::move(languages)},
      default_languages_{split_languages(default_languages)},
      make_reader_{std::move(make_reader)} {}

std::optional<std::string> tesseract_provider::refuse_default_languages() const {
  for (const auto& language : default_languages_)
    if (auto reason = languages_->refuse(language))
      return reason;
  return std::nullopt;
}

std::string tesseract_provider::recognition_scope() const {
  return "tesseract " + languages_->join(default_languages_);
}

std::vector<std::string> tesseract_provider::refuse_hints(const std::vector<std::string>& hints) const {
  std::vector<std::string> reasons;
  for (const auto& hint : hints)
    if (auto reason = languages_->refuse(hint))
      reasons.push_back(std::move(*reason));
  return reasons;
}

std::uint64_t tesseract_provider::memory_of(const picture_header& header) const {
  return reading_memory(header);
}

std::unique_ptr<engine> tesseract_provider::make() const {
  const auto codes = [languages = languages_, defaults = default_languages_](
                         const std::vector<std::string>& hints) -> std::variant<std::vector<std::string>, std::string> {
    const auto& wanted = hints.empty() ? defaults : hints;
    for (const auto& language : wanted)
      if (auto reason = languages->refuse(language))
        return *std::move(reason);
    return split_languages(languages->join(wanted));
  };
  return std::make_unique<embedded_engine>(make_reader_(), codes);
}

} // namespace glyphgate::vision
