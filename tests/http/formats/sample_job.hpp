#pragma once

#include "core/reading/layout_writer.hpp"
#include "http/formats/renderer.hpp"
#include "support/literal_time.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace glyphgate::http::test {

/// A symbol of 10 × 20 pixels, sure to three quarters.
inline symbol letter(std::string text, std::int32_t x, std::int32_t y, text_break after = text_break::none) {
  return {std::move(text), {x, y, 10, 20}, 0.75F, after};
}

/// "Hi a-" on one line of a picture of 200 × 100 pixels and "b" on the next one.
inline recognition two_lines() {
  recognition r;
  r.symbols = {letter("H", 10, 10), letter("i", 20, 10, text_break::space), letter("a", 40, 10, text_break::hyphen),
               letter("b", 10, 40)};
  r.width = 200;
  r.height = 100;
  return r;
}

inline picture_result read_picture(std::string id, recognition r) {
  return {std::move(id), {std::make_shared<const recognition>(std::move(r)), {}}};
}

inline picture_result failed_picture(std::string id, std::string error) {
  return {std::move(id), {nullptr, std::move(error)}};
}

/// Completed ten minutes after the clock's beginning.
inline job_extract extract_of(std::vector<picture_result> pictures) {
  auto result = std::make_shared<job_result>();
  result->pictures = std::move(pictures);
  return {"0123", at(std::chrono::minutes{10}), std::move(result)};
}

/// The whole document.
inline std::string rendered(renderer& shape, std::size_t pages) {
  outbox out;
  shape.begin(out);
  for (std::size_t i = 0; i < pages; ++i)
    shape.render(i, out);
  shape.end(out);
  return out.take(out.size());
}

} // namespace glyphgate::http::test
