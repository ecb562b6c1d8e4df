#pragma once

#include "core/sieve.hpp"
#include "vision/progress.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace glyphgate::vision {

/// Looks at pictures before they are packed into paid calls, and finds those that need not travel. Owned by one worker
/// and used on that worker's thread only; it blocks, and reaches no engine that costs anything.
class sieve {
public:
  virtual ~sieve() = default;

  /// One verdict a picture, in their order, or why there are none: then every picture travels, as does each that cannot
  /// be decoded, so that the engine of the calls says what is wrong with it. A picture repeats one of the list that
  /// comes before it and repeats none itself. There are some 64 pictures at most. It ends within a second after `stop`
  /// is requested, with `ec::cancelled`. Throws nothing but std::bad_alloc.
  virtual sift_outcome sift(const std::vector<picture>& pictures, const std::vector<std::string>& hints,
                            const sieve_options& options, std::stop_token stop, const progress_fn& progress) = 0;

  /// None is expected soon. Lets go of what can be had again.
  virtual void rest() {}
};

} // namespace glyphgate::vision
