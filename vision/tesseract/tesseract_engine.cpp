#include "vision/tesseract/tesseract_engine.hpp"

#include "vision/decode/decode.hpp"

#include <fstream>
#include <iterator>
#include <utility>
#include <variant>

namespace glyphgate::vision {

namespace {

call_failure failure(ec code, std::string detail, bool sent) {
  return {code, std::move(detail), sent, std::nullopt};
}

picture_outcome unreadable(std::string error) {
  return {nullptr, std::move(error)};
}

model_source models_in_files(std::shared_ptr<const tesseract_languages> languages) {
  return [languages = std::move(languages)](std::string_view code) -> std::optional<std::vector<char>> {
    const auto file = languages->file_of(code);
    if (!file)
      return std::nullopt;
    std::ifstream in{*file, std::ios::binary};
    if (!in)
      return std::nullopt;
    return std::vector<char>{std::istreambuf_iterator<char>{in}, {}};
  };
}

} // namespace

tesseract_engine::tesseract_engine(std::shared_ptr<const tesseract_languages> languages,
                                   std::vector<std::string> default_languages)
    : languages_{std::move(languages)},
      default_languages_{std::move(default_languages)},
      recogniser_{models_in_files(languages_)} {}

std::optional<call_failure> tesseract_engine::load(const std::vector<std::string>& languages) {
  for (const auto& language : languages)
    if (auto reason = languages_->refuse(language))
      return failure(ec::request_rejected, std::move(*reason), false);
  if (auto reason = recogniser_.load(split_languages(languages_->join(languages))))
    return failure(ec::engine_unavailable, std::move(*reason), false);
  return std::nullopt;
}

picture_outcome tesseract_engine::read(const picture& picture) {
  auto result = decode(picture.bytes->hold().view, picture.info);
  if (const auto* refusal = std::get_if<picture_refusal>(&result))
    return unreadable(refusal->detail);
  auto& whole = std::get<decoded_picture>(result);
  auto reading = recogniser_.read(std::move(whole.pixels));
  if (auto* error = std::get_if<std::string>(&reading))
    return unreadable(std::move(*error));
  auto& read = std::get<recognition>(reading);
  read.warning = std::move(whole.warning);
  return {std::make_shared<const recognition>(std::move(read)), {}};
}

call_outcome tesseract_engine::annotate(const planned_call& call, std::stop_token stop, const progress_fn& progress) {
  if (auto failed = load(call.language_hints.empty() ? default_languages_ : call.language_hints))
    return std::move(*failed);

  annotation result;
  for (const auto& picture : call.pictures) {
    if (stop.stop_requested())
      return failure(ec::cancelled, "stopped while the call ran", !result.pictures.empty());
    result.pictures.push_back(read(picture));
    if (progress)
      progress(result.pictures.size());
  }
  return result;
}

} // namespace glyphgate::vision
