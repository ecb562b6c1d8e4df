#include "vision/decode/stored_picture.hpp"
#include "vision/documents/pdf_file.hpp"

#include <utility>
#include <variant>

namespace glyphgate::vision {

stored_picture open_pdf(std::string_view bytes, std::uint32_t width, std::uint32_t height, std::uint32_t page) {
  auto opened = pdf_file::open(bytes);
  if (auto* refusal = std::get_if<picture_refusal>(&opened))
    return std::move(*refusal);
  auto drawn = std::get<pdf_file>(opened).draw(page, width, height);
  if (!drawn)
    return undecodable("page", "it is damaged, or needs more memory than there is");
  return *std::move(drawn);
}

} // namespace glyphgate::vision
