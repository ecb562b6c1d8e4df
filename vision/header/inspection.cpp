#include "vision/header/inspection.hpp"

#include <utility>

namespace glyphgate::vision::header {

picture_refusal invalid(std::string detail) {
  return {ec::invalid_picture, std::move(detail), std::nullopt};
}

picture_refusal unsupported(std::string detail) {
  return {ec::unsupported_format, std::move(detail), std::nullopt};
}

picture_refusal no_such_page(std::uint32_t page, std::uint32_t pages) {
  return invalid("the file has no page " + std::to_string(page) + ", counted from 0; it holds " +
                 std::to_string(pages) + (pages == 1 ? " picture" : " pictures"));
}

std::string size_text(std::uint64_t width, std::uint64_t height) {
  return std::to_string(width) + " x " + std::to_string(height) + " px";
}

picture_header header_of(const picture_shape& shape) {
  auto width = shape.width, height = shape.height;
  // Orientations 5 to 8 lie on their side.
  if (shape.orientation >= 5)
    std::swap(width, height);
  return {{shape.format, width, height, shape.orientation}, need_of(shape), 1};
}

} // namespace glyphgate::vision::header
