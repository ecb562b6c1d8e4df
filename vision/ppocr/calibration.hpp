#pragma once

namespace glyphgate::vision {

/// How likely a character is right, 0–1, of which the recogniser says that it is so sure: `raw` is the probability of
/// its class, 0–1. Rises strictly within 0–1; what lies outside counts as the nearer end, and what is no number as 0.
/// The table behind it is fitted to drawn pictures, and says nothing of characters that were not seen at all:
/// docs/local-first.md.
float calibrated(float raw);

} // namespace glyphgate::vision
