#pragma once

namespace glyphgate::vision {

/// Keeps what Tesseract and Leptonica would print off standard error, for the whole process and for good. The first
/// call opens /dev/null, which Tesseract writes its messages to; later ones do nothing. Callable from any thread.
void silence_tesseract();

} // namespace glyphgate::vision
