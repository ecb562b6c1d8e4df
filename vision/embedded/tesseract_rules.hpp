#pragma once

#include "vision/embedded/reading_rules.hpp"
#include "vision/tesseract/languages.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace glyphgate::vision {

/// Tesseract reads everything.
class tesseract_rules final : public reading_rules {
public:
  /// `default_languages` are Tesseract's codes joined with '+', for jobs without hints; `languages` is what there is.
  tesseract_rules(std::string_view default_languages, std::shared_ptr<const tesseract_languages> languages);

  /// Why the default languages cannot be served, with the mend; nothing when they can. Asked once at the start.
  std::optional<std::string> refuse_default_languages() const;

  std::string_view name() const override { return "tesseract"; }
  /// With the default languages.
  std::string scope() const override;
  std::vector<std::string> refuse(const std::vector<std::string>& hints) const override;
  reading_request request_for(const std::vector<std::string>& hints) const override;
  std::uint64_t memory_of(const picture_header& header) const override;
  std::vector<listed_engine> engines() const override;

private:
  std::shared_ptr<const tesseract_languages> languages_;
  std::vector<std::string> default_languages_;
};

} // namespace glyphgate::vision
