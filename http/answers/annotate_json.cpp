#include "http/answers/annotate_json.hpp"

#include "http/wire/json_writer.hpp"
#include "vision/tesseract/languages.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string_view>
#include <utility>

namespace glyphgate::http {

namespace {

struct named_enum {
  std::string_view name;
  int number;
};

constexpr named_enum text_block{"TEXT", 1};

std::optional<named_enum> break_type(text_break b) {
  switch (b) {
  case text_break::none: return std::nullopt;
  case text_break::space: return named_enum{"SPACE", 1};
  case text_break::sure_space: return named_enum{"SURE_SPACE", 2};
  case text_break::wrap: return named_enum{"EOL_SURE_SPACE", 3};
  case text_break::hyphen: return named_enum{"HYPHEN", 4};
  case text_break::line: return named_enum{"LINE_BREAK", 5};
  }
  return std::nullopt;
}

/// The languages of a reading as a whole, by the part of its symbols that are in each, the most used first. A unit's
/// own confidences divide it among its languages.
std::vector<detected_language> languages_of(const text_layout& layout, std::size_t symbols) {
  std::map<std::string, double> parts;
  // Of the smallest units that tell any.
  const auto tells = [](const std::vector<text_unit>& level) {
    return std::ranges::any_of(level, [](const text_unit& u) { return u.languages != 0; });
  };
  const bool by_word = tells(layout.words);
  const auto& level = by_word ? layout.words : tells(layout.paragraphs) ? layout.paragraphs : layout.blocks;
  const auto last_symbol = [&](std::size_t i) -> std::size_t {
    std::size_t end = level[i].end;
    if (&level == &layout.blocks)
      end = layout.paragraphs[end - 1].end;
    if (!by_word)
      end = layout.words[layout.lines[end - 1].end - 1].end;
    return end;
  };
  std::size_t begin = 0;
  for (std::size_t i = 0; i < level.size(); ++i) {
    const auto end = last_symbol(i);
    if (level[i].languages != 0)
      for (const auto& language : layout.languages[level[i].languages - 1])
        parts[vision::tag_of_code(language.code)] +=
            (language.confidence == 0 ? 1.0 : double{language.confidence}) * static_cast<double>(end - begin);
    begin = end;
  }
  std::vector<detected_language> all;
  all.reserve(parts.size());
  for (const auto& [code, part] : parts)
    all.push_back({code, static_cast<float>(std::min(1.0, part / static_cast<double>(symbols)))});
  std::ranges::stable_sort(all, std::ranges::greater{}, &detected_language::confidence);
  return all;
}

float mean_confidence(const std::vector<symbol>& symbols) {
  double sum = 0;
  for (const auto& s : symbols)
    sum += double{s.confidence};
  return static_cast<float>(sum / static_cast<double>(symbols.size()));
}

/// Writes what was read in one picture.
class reading_writer {
public:
  reading_writer(json_writer& json, enum_form enums, const annotated_picture& of)
      : json_{json},
        enums_{enums},
        of_{of},
        read_{*of.read},
        width_{read_.width != 0 ? read_.width : of.width},
        height_{read_.height != 0 ? read_.height : of.height},
        layout_{layout_of(read_)},
        languages_{languages_of(layout_, read_.symbols.size())} {}

  void write() {
    json_.key("textAnnotations").array();
    write_whole_text();
    for (std::size_t i = 0; i < layout_.words.size(); ++i)
      write_word_annotation(i);
    json_.end_array().key("fullTextAnnotation").object().key("pages").array();
    write_page();
    json_.end_array().member("text", text_of(read_)).end_object();
  }

private:
  bool is_document() const { return of_.width_in_points != 0; }

  void write_whole_text() {
    json_.object();
    if (!languages_.empty())
      json_.member("locale", languages_.front().code);
    json_.member("description", text_of(read_));
    write_quad("boundingPoly", quad_of(hull_of_words()));
    json_.end_object();
  }

  void write_word_annotation(std::size_t i) {
    const auto symbols = children_of(layout_.words, i);
    std::string text;
    for (auto s = symbols.begin; s < symbols.end; ++s)
      text += read_.symbols[s].text;
    json_.object().member("description", text);
    write_quad("boundingPoly", layout_.words[i].box);
    json_.end_object();
  }

  bounding_box hull_of_words() const {
    auto left = max_coordinate, top = max_coordinate, right = -max_coordinate, bottom = -max_coordinate;
    for (const auto& word : layout_.words)
      for (const auto& corner : word.box.corners) {
        left = std::min(left, corner.x);
        top = std::min(top, corner.y);
        right = std::max(right, corner.x);
        bottom = std::max(bottom, corner.y);
      }
    return {left, top, right - left, bottom - top};
  }

  void write_page() {
    json_.object();
    write_property(languages_);
    write_unless_0("width", is_document() ? of_.width_in_points : width_);
    write_unless_0("height", is_document() ? of_.height_in_points : height_);
    json_.key("blocks").array();
    for (std::size_t i = 0; i < layout_.blocks.size(); ++i)
      write_block(i);
    json_.end_array();
    write_confidence(mean_confidence(read_.symbols));
    json_.end_object();
  }

  void write_block(std::size_t i) {
    const auto& block = layout_.blocks[i];
    begin_unit(block);
    json_.key("paragraphs").array();
    const auto paragraphs = children_of(layout_.blocks, i);
    for (auto p = paragraphs.begin; p < paragraphs.end; ++p)
      write_paragraph(p);
    json_.end_array().key("blockType");
    write_enum(text_block);
    end_unit(block);
  }

  // Lines are no level of Google's.
  void write_paragraph(std::size_t i) {
    const auto& paragraph = layout_.paragraphs[i];
    begin_unit(paragraph);
    json_.key("words").array();
    const auto lines = children_of(layout_.paragraphs, i);
    const auto first = children_of(layout_.lines, lines.begin).begin;
    for (auto w = first; w < layout_.lines[lines.end - 1].end; ++w)
      write_word(w);
    json_.end_array();
    end_unit(paragraph);
  }

  void write_word(std::size_t i) {
    const auto& word = layout_.words[i];
    begin_unit(word);
    json_.key("symbols").array();
    const auto symbols = children_of(layout_.words, i);
    for (auto s = symbols.begin; s < symbols.end; ++s)
      write_symbol(s);
    json_.end_array();
    end_unit(word);
  }

  void write_symbol(std::size_t i) {
    const auto& s = read_.symbols[i];
    json_.object();
    if (const auto type = break_type(s.after)) {
      json_.key("property").object().key("detectedBreak").object().key("type");
      write_enum(*type);
      json_.end_object().end_object();
    }
    write_quad("boundingBox", quad_of_symbol(read_, i));
    json_.member("text", s.text);
    write_confidence(s.confidence);
    json_.end_object();
  }

  void begin_unit(const text_unit& unit) {
    json_.object();
    if (unit.languages != 0)
      write_property(layout_.languages[unit.languages - 1]);
    write_quad("boundingBox", unit.box);
  }

  void end_unit(const text_unit& unit) {
    write_confidence(unit.confidence);
    json_.end_object();
  }

  void write_property(const std::vector<detected_language>& languages) {
    if (languages.empty())
      return;
    json_.key("property").object().key("detectedLanguages").array();
    for (const auto& language : languages) {
      json_.object().member("languageCode", vision::tag_of_code(language.code));
      write_number("confidence", language.confidence);
      json_.end_object();
    }
    json_.end_array().end_object();
  }

  void write_confidence(float confidence) {
    if (of_.confidences)
      write_number("confidence", confidence);
  }

  void write_number(std::string_view name, float number) {
    if (number != 0)
      json_.key(name).rounded(double{number}, 4);
  }

  template <class Integer>
  void write_unless_0(std::string_view name, Integer number) {
    if (number != 0)
      json_.member(name, number);
  }

  void write_quad(std::string_view name, const bounding_quad& quad) {
    json_.key(name).object().key(is_document() ? "normalizedVertices" : "vertices").array();
    for (const auto& corner : quad.corners) {
      json_.object();
      if (is_document()) {
        write_part("x", corner.x, width_);
        write_part("y", corner.y, height_);
      } else {
        write_unless_0("x", corner.x);
        write_unless_0("y", corner.y);
      }
      json_.end_object();
    }
    json_.end_array().end_object();
  }

  void write_part(std::string_view name, std::int32_t pixels, std::uint32_t of) {
    if (pixels != 0 && of != 0)
      json_.key(name).rounded(static_cast<double>(pixels) / static_cast<double>(of), 6);
  }

  void write_enum(const named_enum& value) {
    if (enums_ == enum_form::number)
      json_.value(value.number);
    else
      json_.value(value.name);
  }

  json_writer& json_;
  const enum_form enums_;
  const annotated_picture& of_;
  const recognition& read_;
  // Pixels.
  const std::uint32_t width_;
  const std::uint32_t height_;
  const text_layout layout_;
  const std::vector<detected_language> languages_;
};

void write_error(json_writer& json, const std::optional<rpc_error>& error) {
  if (!error)
    return;
  json.key("error").object().member("code", static_cast<int>(error->code)).member("message", error->message);
  json.end_object();
}

void write_picture(json_writer& json, const annotated_picture& picture, enum_form enums) {
  json.object();
  if (picture.read && !picture.read->symbols.empty())
    reading_writer{json, enums, picture}.write();
  write_error(json, picture.error);
  if (picture.page != 0)
    json.key("context").object().member("pageNumber", picture.page).end_object();
  json.end_object();
}

void write_file(json_writer& json, const annotated_file& file, enum_form enums) {
  json.object();
  if (!file.mime_type.empty())
    json.key("inputConfig").object().member("mimeType", file.mime_type).end_object();
  if (!file.pages.empty()) {
    json.key("responses").array();
    for (const auto& page : file.pages)
      write_picture(json, page, enums);
    json.end_array();
  }
  if (file.total_pages != 0)
    json.member("totalPages", file.total_pages);
  write_error(json, file.error);
  json.end_object();
}

template <class Part, class Write>
std::string responses(const std::vector<Part>& parts, Write write) {
  json_writer json;
  json.object().key("responses").array();
  for (const auto& part : parts)
    write(json, part);
  json.end_array().end_object();
  return json.take();
}

} // namespace

std::string annotate_images_json(const std::vector<annotated_picture>& images, enum_form enums) {
  return responses(images, [&](json_writer& json, const auto& image) { write_picture(json, image, enums); });
}

std::string annotate_files_json(const std::vector<annotated_file>& files, enum_form enums) {
  return responses(files, [&](json_writer& json, const auto& file) { write_file(json, file, enums); });
}

} // namespace glyphgate::http
