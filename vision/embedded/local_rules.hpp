#pragma once

#include "vision/embedded/ppocr_rules.hpp"
#include "vision/embedded/reading_rules.hpp"
#include "vision/embedded/tesseract_rules.hpp"
#include "vision/ppocr/parts.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace glyphgate::vision {

/// Both engines, by language: ppocr for Chinese, English and both, Tesseract for others. Without a hint ppocr reads,
/// and where it is in doubt Tesseract with its default languages too: the surer reading is taken. Where these have
/// other languages, Tesseract always reads too. Where ppocr is absent Tesseract reads everything.
class local_rules final : public reading_rules {
public:
  /// `parts` is ppocr's, or why it is absent.
  local_rules(std::shared_ptr<const tesseract_rules> tesseract, std::variant<ppocr_parts, std::string> parts);

  std::string_view name() const override { return "local"; }
  std::string scope() const override;
  std::vector<std::string> refuse(const std::vector<std::string>& hints) const override;
  reading_request request_for(const std::vector<std::string>& hints) const override;
  std::uint64_t memory_of(const picture_header& header) const override;
  std::vector<listed_engine> engines() const override;

private:
  std::shared_ptr<const tesseract_rules> tesseract_;
  /// Null where it is absent.
  std::unique_ptr<const ppocr_rules> ppocr_;
  std::string absent_;
};

} // namespace glyphgate::vision
