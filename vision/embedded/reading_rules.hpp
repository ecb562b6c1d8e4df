#pragma once

#include "vision/engine.hpp"
#include "vision/reader/reading_request.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace glyphgate::vision {

/// What reads the pictures of a job, by its language hints: the choice among the engines that come with the service.
/// Immutable; usable from any thread.
class reading_rules {
public:
  virtual ~reading_rules() = default;

  /// As `engine_provider::name`.
  virtual std::string_view name() const = 0;

  /// As `engine_provider::recognition_scope`.
  virtual std::string scope() const = 0;

  /// As `engine_provider::refuse_hints`.
  virtual std::vector<std::string> refuse(const std::vector<std::string>& hints) const = 0;

  /// How to read a picture with these hints, none of which is refused.
  virtual reading_request request_for(const std::vector<std::string>& hints) const = 0;

  /// As `engine_provider::memory_of`.
  virtual std::uint64_t memory_of(const picture_header& header) const = 0;

  /// As `engine_provider::engines`.
  virtual std::vector<listed_engine> engines() const = 0;
};

} // namespace glyphgate::vision
