#include "vision/google/annotate_response.hpp"

#include "core/reading/layout_writer.hpp"
#include "vision/google/json_repair.hpp"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace glyphgate::vision {

namespace {

constexpr std::size_t max_depth = 64;
constexpr std::size_t max_symbols = 1'000'000;
// Beyond any picture, and its double fits an int.
constexpr double furthest = 1 << 24;
// Of a unit; Google tells one or two.
constexpr std::size_t max_languages = 16;
constexpr std::size_t max_language_code = 35;

/// The objects and arrays of a response that matter.
enum class node : std::uint8_t {
  ignored,
  document,
  responses,
  response,
  error,
  full_text,
  pages,
  page,
  blocks,
  block,
  paragraphs,
  paragraph,
  words,
  word,
  symbols,
  symbol,
  property,
  detected_break,
  unit_property,
  detected_languages,
  language,
  box,
  vertices,
  vertex,
};

struct rule {
  node parent;
  /// Empty for an array's elements.
  std::string_view key;
  node child;
};

constexpr rule rules[] = {
    {node::document, "responses", node::responses},
    {node::responses, "", node::response},
    {node::response, "error", node::error},
    {node::response, "fullTextAnnotation", node::full_text},
    {node::full_text, "pages", node::pages},
    {node::pages, "", node::page},
    {node::page, "blocks", node::blocks},
    {node::blocks, "", node::block},
    {node::block, "paragraphs", node::paragraphs},
    {node::paragraphs, "", node::paragraph},
    {node::paragraph, "words", node::words},
    {node::words, "", node::word},
    {node::block, "boundingBox", node::box},
    {node::paragraph, "boundingBox", node::box},
    {node::word, "boundingBox", node::box},
    {node::block, "property", node::unit_property},
    {node::paragraph, "property", node::unit_property},
    {node::word, "property", node::unit_property},
    {node::unit_property, "detectedLanguages", node::detected_languages},
    {node::detected_languages, "", node::language},
    {node::word, "symbols", node::symbols},
    {node::symbols, "", node::symbol},
    {node::symbol, "boundingBox", node::box},
    {node::symbol, "property", node::property},
    {node::property, "detectedBreak", node::detected_break},
    {node::box, "vertices", node::vertices},
    {node::vertices, "", node::vertex},
};

bool is_array(node n) {
  switch (n) {
  case node::responses:
  case node::pages:
  case node::blocks:
  case node::paragraphs:
  case node::words:
  case node::symbols:
  case node::detected_languages:
  case node::vertices: return true;
  default: return false;
  }
}

text_break break_of(std::string_view type) {
  if (type == "SPACE")
    return text_break::space;
  if (type == "SURE_SPACE")
    return text_break::sure_space;
  if (type == "EOL_SURE_SPACE")
    return text_break::wrap;
  if (type == "LINE_BREAK")
    return text_break::line;
  if (type == "HYPHEN")
    return text_break::hyphen;
  return text_break::none;
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// The corners of a box, as they come.
class corners {
public:
  void add(pixel_point corner) {
    if (count_ < first_.corners.size())
      first_.corners[count_] = corner;
    ++count_;
    low_ = {std::min(low_.x, corner.x), std::min(low_.y, corner.y)};
    high_ = {std::max(high_.x, corner.x), std::max(high_.y, corner.y)};
  }

  /// Where they are not four, the smallest rectangle around them; nothing where there are none.
  std::optional<bounding_quad> quad() const {
    if (count_ == 0)
      return std::nullopt;
    if (count_ == first_.corners.size())
      return first_;
    return quad_of({low_.x, low_.y, high_.x - low_.x, high_.y - low_.y});
  }

private:
  static constexpr auto least = std::numeric_limits<std::int32_t>::min();
  static constexpr auto most = std::numeric_limits<std::int32_t>::max();

  bounding_quad first_;
  std::size_t count_ = 0;
  pixel_point low_{most, most};
  pixel_point high_{least, least};
};

/// Whether a word does not lie behind the one before it in the same line: its middle is above or below it, as the text
/// of that one runs.
bool begins_line(const bounding_quad& before, const bounding_quad& word) {
  const auto& from = before.corners;
  const double right = from[1].x - from[0].x, down = from[1].y - from[0].y;
  const auto length = std::hypot(right, down);
  if (length == 0)
    return false;
  const auto below = [&](double x, double y) { return (y * right - x * down) / length; };
  const auto centre =
      below((word.corners[0].x + word.corners[2].x) / 2.0, (word.corners[0].y + word.corners[2].y) / 2.0);
  return centre < below(from[0].x, from[0].y) || centre > below(from[3].x, from[3].y);
}

/// Collects the text while the response is read; nothing else of it is kept.
class collector : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, collector> {
public:
  bool Null() { return true; }

  bool Bool(bool value) {
    if (here() == node::detected_break && key_ == "isPrefix")
      is_prefix_ = value;
    return true;
  }

  bool Int(int value) { return Double(value); }
  bool Uint(unsigned value) { return Double(value); }
  bool Int64(std::int64_t value) { return Double(static_cast<double>(value)); }
  bool Uint64(std::uint64_t value) { return Double(static_cast<double>(value)); }

  bool Double(double value) {
    if (here() == node::symbol && key_ == "confidence")
      symbol_.confidence = static_cast<float>(std::clamp(value, 0.0, 1.0));
    else if (here() == node::language && key_ == "confidence")
      language_.confidence = static_cast<float>(std::clamp(value, 0.0, 1.0));
    else if (key_ == "confidence" && facts() != nullptr)
      facts()->confidence = static_cast<float>(std::clamp(value, 0.0, 1.0));
    else if (here() == node::page && key_ == "width")
      width_ = side(value);
    else if (here() == node::page && key_ == "height")
      height_ = side(value);
    else if (here() == node::vertex && key_ == "x")
      corner_.x = coordinate(value);
    else if (here() == node::vertex && key_ == "y")
      corner_.y = coordinate(value);
    else if (here() == node::error && key_ == "code")
      error_code_ = static_cast<std::int64_t>(std::clamp(value, -1.0, 1e6));
    return true;
  }

  bool String(const char* text, rapidjson::SizeType size, bool) {
    const std::string_view value{text, size};
    if (here() == node::symbol && key_ == "text")
      symbol_.text = value;
    else if (here() == node::language && key_ == "languageCode")
      language_.code = value.substr(0, max_language_code);
    else if (here() == node::detected_break && key_ == "type")
      break_ = break_of(value);
    else if (here() == node::error && key_ == "message")
      error_message_ = presentable(value);
    return true;
  }

  bool Key(const char* text, rapidjson::SizeType size, bool) {
    key_.assign(text, size);
    return true;
  }

  bool StartObject() {
    if (depth_ == 0)
      return push(node::document);
    const auto child = next(false);
    switch (child) {
    case node::response: ++responses_; break;
    case node::block: block_ = {}; break;
    case node::paragraph: paragraph_ = {}; break;
    case node::word: word_ = {}; break;
    case node::symbol:
      symbol_ = {};
      symbol_quad_.reset();
      break_ = text_break::none;
      is_prefix_ = false;
      break;
    case node::language: language_ = {}; break;
    case node::box: corners_ = {}; break;
    case node::vertex: corner_ = {}; break;
    default: break;
    }
    return push(child);
  }

  bool EndObject(rapidjson::SizeType) {
    const auto ended = here();
    --depth_;
    switch (ended) {
    case node::vertex: corners_.add(corner_); break;
    case node::box:
      if (here() == node::symbol)
        symbol_quad_ = corners_.quad();
      else
        facts()->box = corners_.quad();
      break;
    case node::language: end_language(); break;
    case node::symbol: return end_symbol();
    case node::word: end_word(); break;
    case node::paragraph: end_paragraph(); break;
    case node::block: writer_.end_block(block_); break;
    default: break;
    }
    return true;
  }

  bool StartArray() { return push(next(true)); }

  bool EndArray(rapidjson::SizeType) {
    --depth_;
    return true;
  }

  std::size_t responses() const { return responses_; }
  bool is_too_much() const { return too_much_; }

  image_annotation take() {
    if (error_code_ != 0 || !error_message_.empty())
      return {{}, google_error{status_of_rpc_code(error_code_), std::move(error_message_), {}, {}}};
    auto read = writer_.take();
    read.width = width_;
    read.height = height_;
    return {std::move(read), std::nullopt};
  }

private:
  static std::int32_t coordinate(double value) {
    return static_cast<std::int32_t>(std::clamp(value, -furthest, furthest));
  }

  static std::uint32_t side(double value) { return static_cast<std::uint32_t>(std::clamp(value, 0.0, furthest)); }

  node here() const { return depth_ == 0 ? node::ignored : path_[depth_ - 1]; }

  node next(bool array) const {
    const auto parent = here();
    const auto key = is_array(parent) ? std::string_view{} : std::string_view{key_};
    for (const auto& rule : rules)
      if (rule.parent == parent && rule.key == key && is_array(rule.child) == array)
        return rule.child;
    return node::ignored;
  }

  bool push(node n) {
    if (depth_ == max_depth)
      return false;
    path_[depth_++] = n;
    return true;
  }

  /// Those of the word, paragraph or block whose members are read; null elsewhere.
  unit_facts* facts() {
    switch (here()) {
    case node::word: return &word_;
    case node::paragraph: return &paragraph_;
    case node::block: return &block_;
    default: return nullptr;
    }
  }

  void end_language() {
    // It is within an array within a property of a unit.
    constexpr std::size_t levels = 2;
    const auto depth = std::exchange(depth_, depth_ - levels);
    if (auto* unit = facts(); unit != nullptr && !language_.code.empty() && unit->languages.size() < max_languages)
      unit->languages.push_back(std::move(language_));
    depth_ = depth;
  }

  void break_before_next(text_break b) {
    if (!word_symbols_.empty())
      word_symbols_.back().first.after = std::max(word_symbols_.back().first.after, b);
    else if (!writer_.is_empty())
      writer_.last_break() = std::max(writer_.last_break(), b);
  }

  bool end_symbol() {
    if (is_blank(symbol_.text)) {
      break_before_next(std::max(break_, symbol_.text.empty() ? text_break::none : text_break::space));
      return true;
    }
    if (count_ == max_symbols) {
      too_much_ = true;
      return false;
    }
    ++count_;
    if (is_prefix_)
      break_before_next(break_);
    else
      symbol_.after = break_;
    word_symbols_.emplace_back(std::move(symbol_), symbol_quad_);
    return true;
  }

  void end_word() {
    if (word_symbols_.empty())
      return;
    if (!writer_.is_empty() && ends_line(writer_.last_break()))
      writer_.end_line();
    const auto place = word_.box ? word_.box : word_symbols_.front().second;
    if (last_word_ && place && begins_line(*last_word_, *place))
      writer_.end_line();
    last_word_ = place;
    for (std::size_t i = 0; i < word_symbols_.size(); ++i) {
      auto& [symbol, quad] = word_symbols_[i];
      last_quad_ = quad ? *quad : word_.box ? *word_.box : last_quad_;
      writer_.add(std::move(symbol), last_quad_);
      if (i + 1 < word_symbols_.size() && ends_line(writer_.last_break()))
        writer_.end_line();
    }
    word_symbols_.clear();
    writer_.end_word(word_);
  }

  /// Paragraphs never run into each other, even where no break is told.
  void end_paragraph() {
    if (!writer_.is_empty() && writer_.last_break() == text_break::none)
      writer_.last_break() = text_break::line;
    last_word_.reset();
    writer_.end_paragraph(paragraph_);
  }

  std::array<node, max_depth> path_{};
  std::size_t depth_ = 0;
  std::string key_;
  std::size_t responses_ = 0;
  std::int64_t error_code_ = 0;
  std::string error_message_;
  layout_writer writer_;
  std::uint32_t width_ = 0;
  std::uint32_t height_ = 0;
  /// Of all words.
  std::size_t count_ = 0;
  bool too_much_ = false;
  unit_facts block_;
  unit_facts paragraph_;
  unit_facts word_;
  /// What was read of the current word, which may be told its box last.
  std::vector<std::pair<symbol, std::optional<bounding_quad>>> word_symbols_;
  /// Of the paragraph's last word.
  std::optional<bounding_quad> last_word_;
  /// Of the last symbol.
  bounding_quad last_quad_;
  symbol symbol_;
  std::optional<bounding_quad> symbol_quad_;
  text_break break_ = text_break::none;
  bool is_prefix_ = false;
  detected_language language_;
  corners corners_;
  pixel_point corner_;
};

} // namespace

std::variant<image_annotation, unreadable_answer> parse_annotate_response(std::string_view body) {
  const auto repaired = repair_json(body);
  const auto text = repaired ? std::string_view{*repaired} : body;
  collector found;
  rapidjson::MemoryStream stream{text.data(), text.size()};
  rapidjson::Reader reader;
  const auto result =
      reader.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(stream, found);
  if (result.Code() == rapidjson::kParseErrorTermination)
    return found.is_too_much()
               ? unreadable_answer{"it holds more than " + std::to_string(max_symbols) + " symbols", true}
               : unreadable_answer{"it is too deep, at byte " + std::to_string(result.Offset())};
  if (result.IsError())
    return unreadable_answer{std::string{rapidjson::GetParseError_En(result.Code())} + " At byte " +
                             std::to_string(result.Offset())};
  if (found.responses() != 1)
    return unreadable_answer{"it holds " + std::to_string(found.responses()) + " responses instead of one"};
  return found.take();
}

} // namespace glyphgate::vision
