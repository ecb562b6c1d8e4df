#include "vision/documents/pdf_file.hpp"

#include "vision/documents/page_words.hpp"
#include "vision/header/inspection.hpp"

#include <poppler-document.h>
#include <poppler-page-renderer.h>
#include <poppler-page.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace glyphgate::vision {

namespace {

constexpr double points_an_inch = 72;

bool is_on_its_side(const poppler::page& page) {
  const auto turned = page.orientation();
  return turned == poppler::page::landscape || turned == poppler::page::seascape;
}

pdf_file::page_size upright_size(const poppler::page& page) {
  const auto box = page.page_rect(poppler::crop_box);
  pdf_file::page_size size{std::abs(box.width()), std::abs(box.height())};
  if (is_on_its_side(page))
    std::swap(size.width, size.height);
  return size;
}

bool is_grey(const raster& picture) {
  const auto* at = picture.pixels.data();
  const auto* const end = at + picture.pixels.size();
  for (; at < end; at += 3)
    if (at[0] != at[1] || at[1] != at[2])
      return false;
  return true;
}

/// One of three equal channels, in place.
void drop_colours(raster& picture) {
  auto* to = picture.pixels.data();
  const auto count = picture.pixels.size() / 3;
  for (std::size_t i = 0; i < count; ++i)
    to[i] = to[3 * i];
  picture.pixels.resize(count);
  picture.pixels.shrink_to_fit();
  picture.channels = 1;
}

std::string utf8_of(const poppler::ustring& text) {
  const auto bytes = text.to_utf8();
  return {bytes.begin(), bytes.end()};
}

page_word word_of(const poppler::text_box& box, double across, double down) {
  page_word word;
  word.text = utf8_of(box.text());
  word.turned = box.rotation();
  word.space_after = box.has_space_after();
  const auto scaled = [&](const poppler::rectf& r) {
    return page_box{r.x() * across, r.y() * down, r.right() * across, r.bottom() * down};
  };
  word.box = scaled(box.bbox());
  const auto most = box.text().size();
  for (std::size_t i = 0; i < most; ++i) {
    const auto r = box.char_bbox(i);
    if (r.is_empty() && r.x() == 0 && r.y() == 0)
      break;
    word.letters.push_back(scaled(r));
  }
  return word;
}

} // namespace

struct pdf_file::document {
  std::unique_ptr<poppler::document> file;

  std::unique_ptr<poppler::page> page(std::uint32_t number) const {
    return std::unique_ptr<poppler::page>{file->create_page(static_cast<int>(number))};
  }
};

pdf_file::pdf_file(std::unique_ptr<document> opened) : document_{std::move(opened)} {}
pdf_file::pdf_file(pdf_file&&) noexcept = default;
pdf_file& pdf_file::operator=(pdf_file&&) noexcept = default;
pdf_file::~pdf_file() = default;

std::variant<pdf_file, picture_refusal> pdf_file::open(std::string_view bytes) {
  if (bytes.size() > std::numeric_limits<int>::max())
    return header::invalid("the PDF is larger than 2 GiB");
  std::unique_ptr<poppler::document> file{
      poppler::document::load_from_raw_data(bytes.data(), static_cast<int>(bytes.size()))};
  if (!file)
    return header::invalid("the PDF cannot be read: it is damaged, or cut short");
  if (file->is_locked())
    return header::invalid("the PDF is encrypted and needs a password; send it without encryption");
  return pdf_file{std::make_unique<document>(document{std::move(file)})};
}

std::uint32_t pdf_file::pages() const {
  return static_cast<std::uint32_t>(std::max(document_->file->pages(), 0));
}

std::optional<pdf_file::page_size> pdf_file::size_of(std::uint32_t page) const {
  const auto found = document_->page(page);
  if (!found)
    return std::nullopt;
  return upright_size(*found);
}

std::optional<raster> pdf_file::draw(std::uint32_t page, std::uint32_t width, std::uint32_t height) const {
  const auto found = document_->page(page);
  if (!found)
    return std::nullopt;
  const auto size = upright_size(*found);
  if (!(size.width > 0) || !(size.height > 0))
    return std::nullopt;
  poppler::page_renderer renderer;
  renderer.set_image_format(poppler::image::format_rgb24);
  renderer.set_render_hint(poppler::page_renderer::antialiasing);
  renderer.set_render_hint(poppler::page_renderer::text_antialiasing);
  const auto drawn =
      renderer.render_page(found.get(), width * points_an_inch / size.width, height * points_an_inch / size.height, 0,
                           0, static_cast<int>(width), static_cast<int>(height));
  if (!drawn.is_valid() || drawn.format() != poppler::image::format_rgb24 || drawn.width() != static_cast<int>(width) ||
      drawn.height() != static_cast<int>(height))
    return std::nullopt;
  auto picture = make_raster(width, height, 3);
  for (std::uint32_t y = 0; y < height; ++y)
    std::memcpy(picture.pixels.data() + y * picture.row_bytes(),
                drawn.const_data() + std::size_t{y} * static_cast<std::size_t>(drawn.bytes_per_row()),
                picture.row_bytes());
  if (is_grey(picture))
    drop_colours(picture);
  return picture;
}

std::shared_ptr<const recognition> pdf_file::text_of(std::uint32_t page, std::uint32_t width,
                                                     std::uint32_t height) const {
  const auto found = document_->page(page);
  if (!found)
    return nullptr;
  const auto size = upright_size(*found);
  if (!(size.width > 0) || !(size.height > 0))
    return nullptr;
  std::vector<page_word> words;
  for (const auto& box : found->text_list())
    words.push_back(word_of(box, width / size.width, height / size.height));
  return reading_of(words, width, height);
}

} // namespace glyphgate::vision
