#pragma once

#include "vision/embedded/reading_rules.hpp"
#include "vision/ppocr/parts.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace glyphgate::vision {

/// Whether ppocr reads what a language hint names: simplified Chinese and English, by BCP 47 tag or Tesseract's code.
bool ppocr_reads(std::string_view hint);

/// ppocr reads everything; other hints than Chinese and English are refused.
class ppocr_rules final : public reading_rules {
public:
  explicit ppocr_rules(ppocr_parts parts);

  std::string_view name() const override { return "ppocr"; }
  std::string scope() const override { return parts_.scope; }
  std::vector<std::string> refuse(const std::vector<std::string>& hints) const override;
  reading_request request_for(const std::vector<std::string>& hints) const override;
  std::uint64_t memory_of(const picture_header& header) const override;
  std::vector<listed_engine> engines() const override;

private:
  ppocr_parts parts_;
};

} // namespace glyphgate::vision
