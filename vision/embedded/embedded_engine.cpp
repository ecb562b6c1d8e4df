#include "vision/embedded/embedded_engine.hpp"

#include <utility>
#include <variant>

namespace glyphgate::vision {

embedded_engine::embedded_engine(std::unique_ptr<picture_reader> reader, std::shared_ptr<const reading_rules> rules)
    : reader_{std::move(reader)},
      rules_{std::move(rules)} {}

call_outcome embedded_engine::annotate(const planned_call& call, std::stop_token stop, const progress_fn& progress) {
  if (const auto refused = rules_->refuse(call.language_hints); !refused.empty())
    return call_failure{ec::request_rejected, refused.front(), false, std::nullopt};

  const auto request = rules_->request_for(call.language_hints);
  annotation result;
  for (const auto& picture : call.pictures) {
    auto read = reader_->read(picture, request, stop);
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
