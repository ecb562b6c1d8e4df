#include "vision/documents/document.hpp"

#include "vision/header/formats.hpp"
#include "vision/header/inspection.hpp"

namespace glyphgate::vision {

bool is_pdf(std::string_view bytes) {
  constexpr std::size_t mark_within = 1024;
  if (bytes.substr(0, mark_within).find("%PDF-") == std::string_view::npos)
    return false;
  return !header::is_jpeg(bytes) && !header::is_png(bytes) && !header::is_webp(bytes) && !header::is_gif(bytes) &&
         !header::is_bmp(bytes) && !header::is_tiff(bytes) && !header::is_jpeg2000(bytes) && !header::is_heif(bytes);
}

std::optional<picture_refusal> refuse_pages(const document_request& asked, std::uint32_t pages, std::string_view unit) {
  const auto file = std::string{unit};
  if (pages == 0)
    return header::invalid(file + " has no page");
  if (const auto highest = asked.pages.highest(); highest > pages)
    return header::invalid("page " + std::to_string(highest) + " is asked for, and " + file + " has " +
                           std::to_string(pages) + (pages == 1 ? " page" : " pages") + "; correct `pages`");
  if (const auto meant = asked.pages.count(pages); meant > asked.most_pages)
    return picture_refusal{ec::picture_too_large,
                           file + " has " + std::to_string(meant) + " pages that are to be read; at most " +
                               std::to_string(asked.most_pages) +
                               " of one file are accepted: name some with `pages`, such as pages=1-" +
                               std::to_string(asked.most_pages) + ", and the others in another job",
                           exceeded_limit{"document_pages_limit", asked.most_pages}};
  return std::nullopt;
}

} // namespace glyphgate::vision
