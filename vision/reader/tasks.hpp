#pragma once

#include "vision/reader/serve.hpp"
#include "vision/tesseract/tesseract_recogniser.hpp"

#include <map>
#include <string>

namespace glyphgate::vision {

/// The reader's real work: montages are drawn, and pictures are read with Tesseract.
class real_tasks final : public reader_tasks {
public:
  real_tasks();

  drawing draw(const protocol::draw_task& task, std::string_view room, const begun_fn& begun) override;
  protocol::answer read(const protocol::read_task& task, std::string_view room) override;
  void take_model(std::string name, file_descriptor file) override;

private:
  std::optional<std::vector<char>> model(std::string_view name) const;

  std::map<std::string, file_descriptor, std::less<>> models_;
  tesseract_recogniser recogniser_;
};

} // namespace glyphgate::vision
