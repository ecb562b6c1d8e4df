#include "vision/embedded/tesseract_rules.hpp"

#include "vision/reader/memory_need.hpp"

#include <utility>

namespace glyphgate::vision {

tesseract_rules::tesseract_rules(std::string_view default_languages,
                                 std::shared_ptr<const tesseract_languages> languages)
    : languages_{std::move(languages)},
      default_languages_{split_languages(default_languages)} {}

std::optional<std::string> tesseract_rules::refuse_default_languages() const {
  for (const auto& language : default_languages_)
    if (auto reason = languages_->refuse(language))
      return reason;
  return std::nullopt;
}

std::string tesseract_rules::scope() const {
  return "tesseract " + languages_->join(default_languages_);
}

std::vector<std::string> tesseract_rules::refuse(const std::vector<std::string>& hints) const {
  std::vector<std::string> reasons;
  for (const auto& hint : hints)
    if (auto reason = languages_->refuse(hint))
      reasons.push_back(std::move(*reason));
  return reasons;
}

reading_request tesseract_rules::request_for(const std::vector<std::string>& hints) const {
  return {reading_engine::tesseract, split_languages(languages_->join(hints.empty() ? default_languages_ : hints))};
}

std::uint64_t tesseract_rules::memory_of(const picture_header& header) const {
  return tesseract_memory(header);
}

std::vector<listed_engine> tesseract_rules::engines() const {
  return {{"tesseract", "", languages_->installed_codes(), ""}};
}

} // namespace glyphgate::vision
