#pragma once

#include "core/job.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace glyphgate {

/// A picture whose content is just that text; 100 × 20 pixels as far as anyone asks.
inline picture test_picture(const std::string& id, const std::string& content) {
  return {id, make_picture_bytes(content), {picture_format::png, 100, 20, 1}, sha256(content)};
}

/// A job of pictures given as (id, content).
inline std::shared_ptr<const job_spec> test_job(const std::vector<std::pair<std::string, std::string>>& pictures,
                                                std::vector<std::string> hints = {}) {
  std::vector<picture> made;
  for (const auto& [id, content] : pictures)
    made.push_back(test_picture(id, content));
  return make_job_spec(std::move(made), std::move(hints), "test");
}

/// One whose near-duplicates are read once.
inline std::shared_ptr<const job_spec> with_near_duplicates(const job_spec& job) {
  return make_job_spec(job.pictures, job.language_hints, "test", {job.max_delay, true, false, job.owner});
}

/// What the tests' engine reads in a picture: its content, as one symbol.
inline std::shared_ptr<const recognition> test_recognition(const std::string& text) {
  return std::make_shared<const recognition>(recognition{{symbol{text, {1, 2, 3, 4}, 0.5F, text_break::none}}});
}

} // namespace glyphgate
