#pragma once

#include "vision/engine.hpp"
#include "vision/reader/picture_reader.hpp"
#include "vision/tesseract/languages.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace glyphgate::vision {

/// Provides Tesseract, the embedded engine that costs nothing. Immutable; usable from any thread.
class tesseract_provider final : public engine_provider {
public:
  /// `default_languages` are Tesseract's codes joined with '+', for calls without hints; `languages` is what there is;
  /// a reader has Tesseract.
  tesseract_provider(std::string_view default_languages, std::shared_ptr<const tesseract_languages> languages,
                     reader_factory make_reader);

  /// Why the default languages cannot be served, with the mend; nothing when they can. Asked once at the start.
  std::optional<std::string> refuse_default_languages() const;

  std::string_view name() const override { return "tesseract"; }
  /// With the default languages.
  std::string recognition_scope() const override;
  micro_dollars price_per_call() const override { return 0; }
  bool reads_montages() const override { return false; }
  std::vector<std::string> refuse_hints(const std::vector<std::string>& hints) const override;
  std::uint64_t memory_of(const picture_header& header) const override;
  std::unique_ptr<engine> make() const override;

private:
  std::shared_ptr<const tesseract_languages> languages_;
  std::vector<std::string> default_languages_;
  reader_factory make_reader_;
};

} // namespace glyphgate::vision
