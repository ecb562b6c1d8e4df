#include "http/uploads/page_options.hpp"

#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace glyphgate::http {

namespace {

std::optional<std::uint32_t> dpi_in(std::string_view text) {
  std::uint32_t dpi = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped_at, error] = std::from_chars(text.data(), end, dpi);
  const bool is_whole = error == std::errc{} && stopped_at == end;
  return is_whole && dpi >= vision::least_dpi && dpi <= vision::most_dpi ? std::optional{dpi} : std::nullopt;
}

} // namespace

page_options read_page_options(const page_wishes& given, const page_options& otherwise, const image_label& image,
                               std::string_view prefix, std::vector<input_error>& errors) {
  auto options = otherwise;
  const auto wrong = [&](const wish& w, std::string detail) {
    errors.push_back({image, std::string{prefix} + std::string{w.field}, std::move(detail)});
  };
  if (given.pages) {
    auto read = vision::read_page_selection(*given.pages);
    if (auto* why = std::get_if<std::string>(&read))
      wrong(pages_wish, std::move(*why));
    else
      options.pages = std::get<vision::page_selection>(std::move(read));
  }
  if (given.dpi) {
    if (const auto dpi = dpi_in(*given.dpi))
      options.dpi = *dpi;
    else
      wrong(dpi_wish, "it must be a whole number from " + std::to_string(vision::least_dpi) + " to " +
                          std::to_string(vision::most_dpi) + "; correct it, or leave it out for " +
                          std::to_string(vision::usual_dpi));
  }
  if (given.pdf_text) {
    if (*given.pdf_text == "prefer" || *given.pdf_text == "ignore")
      options.text = *given.pdf_text == "prefer";
    else
      wrong(pdf_text_wish, "it must be prefer or ignore; correct it, or leave it out");
  }
  return options;
}

} // namespace glyphgate::http
