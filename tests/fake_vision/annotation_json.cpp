#include "fake_vision/annotation_json.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

namespace glyphgate::fake {

namespace {

using json_writer = rapidjson::Writer<rapidjson::StringBuffer>;

void write_box(json_writer& to, int left, int top, int right, int bottom) {
  to.Key("boundingBox");
  to.StartObject();
  to.Key("vertices");
  to.StartArray();
  const int corners[][2] = {{left, top}, {right, top}, {right, bottom}, {left, bottom}};
  for (const auto& [x, y] : corners) {
    to.StartObject();
    if (x != 0) {
      to.Key("x");
      to.Int(x);
    }
    if (y != 0) {
      to.Key("y");
      to.Int(y);
    }
    to.EndObject();
  }
  to.EndArray();
  to.EndObject();
}

void write_symbol(json_writer& to, const read_symbol& symbol) {
  to.StartObject();
  if (!symbol.break_type.empty()) {
    to.Key("property");
    to.StartObject();
    to.Key("detectedBreak");
    to.StartObject();
    to.Key("type");
    to.String(symbol.break_type.c_str());
    to.EndObject();
    to.EndObject();
  }
  write_box(to, symbol.left, symbol.top, symbol.right, symbol.bottom);
  to.Key("text");
  to.String(symbol.text.c_str());
  to.Key("confidence");
  to.Double(symbol.confidence);
  to.EndObject();
}

/// Writes the array `name` of what lies between `first` and `last`, split before every symbol that `begins` one.
template <class Write>
void write_parts(json_writer& to, const char* name, const read_symbol* first, const read_symbol* last,
                 bool read_symbol::*begins, Write write) {
  to.Key(name);
  to.StartArray();
  while (first != last) {
    const auto* end = std::find_if(first + 1, last, [&](const read_symbol& s) { return s.*begins; });
    to.StartObject();
    write(first, end);
    to.EndObject();
    first = end;
  }
  to.EndArray();
}

void write_word(json_writer& to, const read_symbol* first, const read_symbol* last) {
  auto around = *first;
  for (const auto* s = first; s != last; ++s) {
    around.left = std::min(around.left, s->left);
    around.top = std::min(around.top, s->top);
    around.right = std::max(around.right, s->right);
    around.bottom = std::max(around.bottom, s->bottom);
  }
  write_box(to, around.left, around.top, around.right, around.bottom);
  to.Key("symbols");
  to.StartArray();
  for (; first != last; ++first)
    write_symbol(to, *first);
  to.EndArray();
}

/// The text that Google gives besides the symbols.
std::string text_of(const std::vector<read_symbol>& symbols) {
  std::string text;
  for (const auto& symbol : symbols)
    text += symbol.text + (symbol.break_type.empty() ? "" : symbol.break_type == "SPACE" ? " " : "\n");
  return text;
}

} // namespace

std::string annotation_json(const std::vector<read_symbol>& symbols, unsigned width, unsigned height) {
  if (symbols.empty())
    return "{}";
  rapidjson::StringBuffer buffer;
  json_writer to{buffer};
  to.StartObject();
  to.Key("fullTextAnnotation");
  to.StartObject();
  to.Key("pages");
  to.StartArray();
  to.StartObject();
  to.Key("width");
  to.Uint(width);
  to.Key("height");
  to.Uint(height);
  using iterator = const read_symbol*;
  const auto* first = symbols.data();
  write_parts(to, "blocks", first, first + symbols.size(), &read_symbol::begins_block, [&](iterator b, iterator e) {
    write_parts(to, "paragraphs", b, e, &read_symbol::begins_paragraph, [&](iterator pb, iterator pe) {
      write_parts(to, "words", pb, pe, &read_symbol::begins_word,
                  [&](iterator wb, iterator we) { write_word(to, wb, we); });
    });
    to.Key("blockType");
    to.String("TEXT");
  });
  to.EndObject();
  to.EndArray();
  to.Key("text");
  to.String(text_of(symbols).c_str());
  to.EndObject();
  to.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

} // namespace glyphgate::fake
