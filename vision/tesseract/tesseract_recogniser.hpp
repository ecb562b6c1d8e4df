#pragma once

#include "core/recognition.hpp"
#include "vision/decode/raster.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tesseract {
class TessBaseAPI;
}

namespace glyphgate::vision {

/// Gives a model's bytes by Tesseract's own code, e.g. "eng"; nothing where it is not there.
using model_source = std::function<std::optional<std::vector<char>>(std::string_view code)>;

/// Tesseract with its LSTM models, for a process that may open no file. Reads one picture at a time, to its end:
/// whoever needs a time limit ends the process. Used on one thread at a time.
///
/// The first one in a process opens /dev/null, where Tesseract's messages go, so it is made before files are forbidden.
/// After that nothing opens a file, starts a program or connects: models come from the source.
///
/// OMP_THREAD_LIMIT=1 is expected in the environment that the process starts with. Tesseract is several times slower
/// without it, and starts threads.
class tesseract_recogniser {
public:
  explicit tesseract_recogniser(model_source models);
  ~tesseract_recogniser();

  /// Makes ready for these languages, Tesseract's codes in order of preference. Asks the source for each, and for those
  /// that a model itself asks for; does nothing when they are loaded already. Says why it could not, for people to
  /// read; then nothing is loaded.
  std::optional<std::string> load(const std::vector<std::string>& codes);

  /// Reads an upright raster, grey or RGB, with what `load` made ready. Gives what was read, or why nothing can be, for
  /// the client to read. The raster is let go of before the recognition, as Tesseract has a copy of its own.
  ///
  /// A symbol's confidence is at most its word's: the models are sure of single letters also where they read texture.
  ///
  /// What lies on its side or upside down is read too, with boxes where its symbols lie in the raster. Text that runs
  /// down is found before the recognition and turned. A page that is read with little confidence is read again turned
  /// by 180°, and the better reading is kept. See docs/tesseract.md.
  std::variant<recognition, std::string> read(raster pixels);

private:
  model_source models_;
  /// Null when nothing is loaded.
  std::unique_ptr<::tesseract::TessBaseAPI> api_;
  std::vector<std::string> loaded_;
};

} // namespace glyphgate::vision
