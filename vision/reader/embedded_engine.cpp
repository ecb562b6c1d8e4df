#include "vision/reader/embedded_engine.hpp"

#include <utility>
#include <variant>

namespace glyphgate::vision {

embedded_engine::embedded_engine(std::unique_ptr<picture_reader> reader, languages_fn languages)
    : reader_{std::move(reader)},
      languages_{std::move(languages)} {}

call_outcome embedded_engine::annotate(const planned_call& call, std::stop_token stop, const progress_fn& progress) {
  const auto languages = languages_(call.language_hints);
  if (const auto* refused = std::get_if<std::string>(&languages))
    return call_failure{ec::request_rejected, *refused, false, std::nullopt};

  annotation result;
  for (const auto& picture : call.pictures) {
    auto read = reader_->read(picture, std::get<std::vector<std::string>>(languages), stop);
    if (auto* failed = std::get_if<call_failure>(&read)) {
      failed->sent = !result.pictures.empty();
      return std::move(*failed);
    }
    result.pictures.push_back(std::get<picture_outcome>(std::move(read)));
    if (progress)
      progress(result.pictures.size());
  }
  return result;
}

} // namespace glyphgate::vision
