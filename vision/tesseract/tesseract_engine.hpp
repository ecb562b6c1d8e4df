#pragma once

#include "vision/engine.hpp"
#include "vision/tesseract/languages.hpp"

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace tesseract {
class TessBaseAPI;
}

namespace glyphgate::vision {

/// Tesseract in this process, with its LSTM models. Reads each picture of a call by itself, from decoded pixels. The
/// language data are loaded by the first call and again when a call's languages differ from those of the one before.
///
/// Fails with engine_unavailable when the data cannot be loaded, and with request_rejected on a hint that
/// `tesseract_languages` refuses. Nothing ever leaves the process, but once the first picture is begun the call counts
/// as made. A stop is noticed before every picture and at every line of text within one; decoding and the search for
/// lines run to their end.
///
/// Tesseract must be held to one thread, by OMP_THREAD_LIMIT=1 in the environment before the process starts; it is
/// several times slower otherwise.
class tesseract_engine final : public engine {
public:
  /// `default_languages` serves calls without hints, e.g. {"eng", "chi_sim"}.
  tesseract_engine(std::shared_ptr<const tesseract_languages> languages, std::vector<std::string> default_languages);
  ~tesseract_engine() override;

  call_outcome annotate(const planned_call& call, std::stop_token stop, const progress_fn& progress) override;

private:
  /// Makes the engine ready for these languages; the failure when it cannot.
  std::optional<call_failure> load(const std::vector<std::string>& languages);
  /// Nothing when it was stopped before its end.
  std::optional<picture_outcome> read(const picture& picture, const std::stop_token& stop);

  std::shared_ptr<const tesseract_languages> languages_;
  std::vector<std::string> default_languages_;
  std::unique_ptr<::tesseract::TessBaseAPI> api_;
  /// What `api_` has loaded, in Tesseract's form; empty when nothing.
  std::string loaded_;
};

} // namespace glyphgate::vision
