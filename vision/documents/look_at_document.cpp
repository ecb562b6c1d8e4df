#include "vision/documents/look_at_document.hpp"

#include "vision/documents/pdf_file.hpp"
#include "vision/documents/scanned_pages.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace glyphgate::vision {

namespace {

std::uint32_t side_in_pixels(double side, std::uint32_t dpi) {
  constexpr double points = 72;
  const double pixels = std::round(side * dpi / points);
  // Also what is no number.
  if (!(pixels >= 1))
    return 1;
  return static_cast<std::uint32_t>(std::min<double>(pixels, largest_page_side));
}

document_page page_of(pdf_file& file, scanned_pages& scans, std::uint32_t number, const document_request& request) {
  document_page page;
  page.number = number;
  const auto size = file.size_of(number - 1);
  if (!size) {
    page.error = "page " + std::to_string(number) + " of the PDF cannot be read: it is damaged";
    return page;
  }
  page.width = side_in_pixels(size->width, request.dpi);
  page.height = side_in_pixels(size->height, request.dpi);
  page.scan = scans.find(number - 1);
  if (request.text && page.width < largest_page_side && page.height < largest_page_side)
    page.text = file.text_of(number - 1, page.width, page.height);
  return page;
}

} // namespace

looked_at_document look_at_document(std::string_view bytes, const document_request& request) {
  auto opened = pdf_file::open(bytes);
  if (auto* refusal = std::get_if<picture_refusal>(&opened))
    return std::move(*refusal);
  auto& file = std::get<pdf_file>(opened);
  document_facts facts;
  facts.pages = file.pages();
  if (refuse_pages(request, facts.pages, ""))
    return facts;
  scanned_pages scans{bytes};
  const auto add = [&](std::uint32_t first, std::uint32_t last) {
    for (auto number = first; number <= last; ++number)
      facts.chosen.push_back(page_of(file, scans, number, request));
  };
  if (request.pages.is_all())
    add(1, facts.pages);
  for (const auto& run : request.pages.runs())
    add(run.first, run.last);
  return facts;
}

} // namespace glyphgate::vision
