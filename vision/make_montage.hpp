#pragma once

#include "core/picture.hpp"
#include "vision/jpeg/splice.hpp"
#include "vision/montage.hpp"

#include <cstddef>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

namespace glyphgate::vision {

/// What an engine takes.
struct montage_limits {
  montage_bounds bounds;
  /// Of the file.
  std::size_t bytes = 0;
};

/// Why there is no montage.
struct no_montage {
  /// For the client to read; empty where it was stopped.
  std::string detail;
};

/// Makes one JPEG of at least one picture by the best way there is: see `montage_way`. A JPEG by itself travels as it
/// is where it is upright, whole by its markers and of a kind that every decoder reads. Nothing where it would exceed
/// the limits whichever way it is made, no picture can be decoded, or it was stopped. Usable from any thread. Throws
/// nothing but std::bad_alloc.
std::variant<montage, no_montage> make_montage(const std::vector<picture>& pictures, const montage_limits& limits,
                                               const std::stop_token& stop = {});

} // namespace glyphgate::vision
