#pragma once

namespace glyphgate::vision {

/// How likely a character is right, 0–1, of which the recogniser says that it is so sure. Monotone. The same as long as
/// nothing was fitted.
inline float calibrated(float raw) {
  return raw;
}

} // namespace glyphgate::vision
