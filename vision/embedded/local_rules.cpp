#include "vision/embedded/local_rules.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace glyphgate::vision {

local_rules::local_rules(std::shared_ptr<const tesseract_rules> tesseract, std::variant<ppocr_parts, std::string> parts)
    : tesseract_{std::move(tesseract)} {
  if (auto* there = std::get_if<ppocr_parts>(&parts))
    ppocr_ = std::make_unique<const ppocr_rules>(std::move(*there));
  else
    absent_ = std::get<std::string>(std::move(parts));
}

std::string local_rules::scope() const {
  // Without ppocr it is the same as Tesseract by itself.
  return ppocr_ ? "local " + ppocr_->scope() + ", " + tesseract_->scope() : tesseract_->scope();
}

std::vector<std::string> local_rules::refuse(const std::vector<std::string>& hints) const {
  if (ppocr_ && std::ranges::all_of(hints, ppocr_reads))
    return {};
  return tesseract_->refuse(hints);
}

reading_request local_rules::request_for(const std::vector<std::string>& hints) const {
  if (!ppocr_ || !std::ranges::all_of(hints, ppocr_reads))
    return tesseract_->request_for(hints);
  if (!hints.empty())
    return ppocr_->request_for(hints);
  auto languages = tesseract_->request_for({}).languages;
  const auto engine = std::ranges::all_of(languages, ppocr_reads) ? reading_engine::surer : reading_engine::both;
  return {engine, std::move(languages)};
}

std::uint64_t local_rules::memory_of(const picture_header& header) const {
  const auto tesseract = tesseract_->memory_of(header);
  return ppocr_ ? std::max(ppocr_->memory_of(header), tesseract) : tesseract;
}

std::vector<listed_engine> local_rules::engines() const {
  auto all = ppocr_ ? ppocr_->engines() : std::vector<listed_engine>{{"ppocr", "", {}, absent_}};
  std::ranges::move(tesseract_->engines(), std::back_inserter(all));
  return all;
}

} // namespace glyphgate::vision
