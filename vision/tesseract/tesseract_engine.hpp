#pragma once

#include "vision/engine.hpp"
#include "vision/tesseract/languages.hpp"
#include "vision/tesseract/tesseract_recogniser.hpp"

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace glyphgate::vision {

/// Tesseract in this process: decodes each picture of a call and reads it by itself. The language data are loaded by
/// the first call and again when a call's languages differ from those of the one before.
///
/// Fails with engine_unavailable when the data cannot be loaded, and with request_rejected on a hint that
/// `tesseract_languages` refuses. Nothing ever leaves the process, but once the first picture is begun the call counts
/// as made. A stop is noticed before every picture; what is begun runs to its end.
///
/// As for `tesseract_recogniser`, OMP_THREAD_LIMIT=1 is expected.
class tesseract_engine final : public engine {
public:
  /// `default_languages` serves calls without hints, e.g. {"eng", "chi_sim"}.
  tesseract_engine(std::shared_ptr<const tesseract_languages> languages, std::vector<std::string> default_languages);

  call_outcome annotate(const planned_call& call, std::stop_token stop, const progress_fn& progress) override;

private:
  /// Makes the engine ready for these languages; the failure when it cannot.
  std::optional<call_failure> load(const std::vector<std::string>& languages);
  picture_outcome read(const picture& picture);

  std::shared_ptr<const tesseract_languages> languages_;
  std::vector<std::string> default_languages_;
  tesseract_recogniser recogniser_;
};

} // namespace glyphgate::vision
