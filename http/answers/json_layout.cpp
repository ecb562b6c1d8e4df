#include "http/answers/json_layout.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace glyphgate::http {

namespace {

void write_vertices(json_writer& json, const bounding_quad& quad) {
  json.array();
  for (const auto& [x, y] : quad.corners)
    json.array().value(x).value(y).end_array();
  json.end_array();
}

/// Writes the levels of one layout.
class layout_json {
public:
  layout_json(json_writer& json, const recognition& read) : json_{json}, read_{read}, layout_{layout_of(read)} {}

  void write_words() { write_words(0, layout_.words.size()); }

  void write_blocks() {
    json_.key("blocks").array();
    for (std::size_t i = 0; i < layout_.blocks.size(); ++i) {
      json_.object();
      write_unit(layout_.blocks[i]);
      write_paragraphs(children_of(layout_.blocks, i));
      json_.end_object();
    }
    json_.end_array();
  }

private:
  void write_paragraphs(child_range paragraphs) {
    json_.key("paragraphs").array();
    for (auto i = paragraphs.begin; i < paragraphs.end; ++i) {
      json_.object();
      write_unit(layout_.paragraphs[i]);
      write_lines(children_of(layout_.paragraphs, i));
      json_.end_object();
    }
    json_.end_array();
  }

  void write_lines(child_range lines) {
    json_.key("lines").array();
    for (auto i = lines.begin; i < lines.end; ++i) {
      const auto [first, last] = children_of(layout_.lines, i);
      json_.object().member("text", text_of(read_, {begin_of(first), layout_.words[last - 1].end}));
      write_unit(layout_.lines[i]);
      write_words(first, last);
      json_.end_object();
    }
    json_.end_array();
  }

  void write_words(std::size_t first, std::size_t last) {
    json_.key("words").array();
    for (auto i = first; i < last; ++i) {
      const auto symbols = children_of(layout_.words, i);
      json_.object().member("text", text_of(read_, symbols));
      write_unit(layout_.words[i]);
      json_.member("first_character", symbols.begin).member("char_count", symbols.end - symbols.begin).end_object();
    }
    json_.end_array();
  }

  std::size_t begin_of(std::size_t word) const { return children_of(layout_.words, word).begin; }

  void write_unit(const text_unit& unit) {
    json_.key("vertices");
    write_vertices(json_, unit.box);
    json_.key("confidence").rounded(double{unit.confidence}, 4);
    if (unit.languages == 0)
      return;
    json_.key("languages").array();
    for (const auto& language : layout_.languages[unit.languages - 1]) {
      json_.object().member("code", language.code);
      if (language.confidence > 0)
        json_.key("confidence").rounded(double{language.confidence}, 4);
      json_.end_object();
    }
    json_.end_array();
  }

  json_writer& json_;
  const recognition& read_;
  const text_layout layout_;
};

} // namespace

std::optional<job_detail> job_detail_of(std::string_view text) {
  if (text == "words")
    return job_detail::words;
  if (text == "layout")
    return job_detail::layout;
  return std::nullopt;
}

void write_detail(json_writer& json, const recognition& read, job_detail detail) {
  if (detail == job_detail::symbols)
    return;
  if (read.width != 0)
    json.member("width", read.width).member("height", read.height);
  if (!read.layout.symbol_quads.empty()) {
    json.key("vertices").array();
    for (const auto& quad : read.layout.symbol_quads)
      write_vertices(json, quad);
    json.end_array();
  }
  layout_json writer{json, read};
  if (detail == job_detail::words)
    writer.write_words();
  else
    writer.write_blocks();
}

} // namespace glyphgate::http
