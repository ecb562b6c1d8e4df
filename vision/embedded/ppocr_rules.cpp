#include "vision/embedded/ppocr_rules.hpp"

#include "vision/reader/memory_need.hpp"

#include <algorithm>
#include <utility>

namespace glyphgate::vision {

namespace {

// What a hint begins with, its letters small and '-' between its subtags.
constexpr std::string_view read_languages[] = {"en", "eng", "zh", "cmn", "chi-sim"};
// Of these the models know too few characters.
constexpr std::string_view traditional[] = {"zh-hant", "zh-hk", "zh-mo", "zh-tw", "cmn-hant"};

/// Whether `tag` is that language, or that one with further subtags.
bool is_or_is_within(std::string_view tag, std::string_view language) {
  return tag.starts_with(language) && (tag.size() == language.size() || tag[language.size()] == '-');
}

} // namespace

bool ppocr_reads(std::string_view hint) {
  std::string tag{hint};
  for (char& c : tag)
    c = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const auto is_it = [&](std::string_view language) { return is_or_is_within(tag, language); };
  return std::ranges::any_of(read_languages, is_it) && std::ranges::none_of(traditional, is_it);
}

ppocr_rules::ppocr_rules(ppocr_parts parts) : parts_{std::move(parts)} {}

std::vector<std::string> ppocr_rules::refuse(const std::vector<std::string>& hints) const {
  std::vector<std::string> reasons;
  for (const auto& hint : hints)
    if (!ppocr_reads(hint))
      reasons.emplace_back("the engine ppocr reads en and zh-Hans, and images without a hint; OCR_ENGINE=local reads "
                           "other languages with Tesseract");
  return reasons;
}

reading_request ppocr_rules::request_for(const std::vector<std::string>&) const {
  return {reading_engine::ppocr, {}};
}

std::uint64_t ppocr_rules::memory_of(const picture_header& header) const {
  return ppocr_memory(header);
}

std::vector<listed_engine> ppocr_rules::engines() const {
  return {{"ppocr", parts_.version, ppocr_parts::languages(), ""}};
}

} // namespace glyphgate::vision
