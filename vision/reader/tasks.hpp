#pragma once

#include "vision/ppocr/onnx_runtime.hpp"
#include "vision/ppocr/ppocr_recogniser.hpp"
#include "vision/reader/reading_engines.hpp"
#include "vision/reader/serve.hpp"
#include "vision/tesseract/tesseract_recogniser.hpp"

#include <map>
#include <string>

namespace glyphgate::vision {

/// The reader's real work: montages are drawn, and pictures are read with Tesseract and ppocr.
class real_tasks final : public reader_tasks {
public:
  /// `runtime` is what ppocr runs on; made before files are forbidden.
  explicit real_tasks(const onnx_runtime& runtime);

  drawing draw(const protocol::draw_task& task, std::string_view room, const begun_fn& begun) override;
  protocol::answer read(const protocol::read_task& task, std::string_view room) override;
  protocol::answer sift(const protocol::sift_task& task, std::string_view room, const begun_fn& begun) override;
  protocol::answer look(const protocol::look_task& task, std::string_view room) override;
  void take_model(std::string name, file_descriptor file) override;

private:
  std::optional<held_bytes> model(std::string_view name) const;

  std::map<std::string, file_descriptor, std::less<>> models_;
  tesseract_recogniser tesseract_;
  ppocr_recogniser ppocr_;
  reading_engines engines_;
};

} // namespace glyphgate::vision
