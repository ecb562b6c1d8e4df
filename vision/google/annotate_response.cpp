#include "vision/google/annotate_response.hpp"

#include "vision/google/json_repair.hpp"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <utility>

namespace glyphgate::vision {

namespace {

constexpr std::size_t max_depth = 64;
constexpr std::size_t max_symbols = 1'000'000;
// Beyond any picture, and its double fits an int.
constexpr double max_coordinate = 1 << 24;

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
    {node::word, "boundingBox", node::box},
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
  case node::vertices: return true;
  default: return false;
  }
}

text_break break_of(std::string_view type) {
  if (type == "SPACE" || type == "SURE_SPACE")
    return text_break::space;
  if (type == "LINE_BREAK" || type == "EOL_SURE_SPACE")
    return text_break::line;
  if (type == "HYPHEN")
    return text_break::hyphen;
  return text_break::none;
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// The smallest rectangle around points.
class extent {
public:
  void add(std::int32_t x, std::int32_t y) {
    left_ = std::min(left_, x);
    right_ = std::max(right_, x);
    top_ = std::min(top_, y);
    bottom_ = std::max(bottom_, y);
  }

  std::optional<bounding_box> box() const {
    if (left_ > right_)
      return std::nullopt;
    return bounding_box{left_, top_, right_ - left_, bottom_ - top_};
  }

private:
  std::int32_t left_ = std::numeric_limits<std::int32_t>::max(), right_ = std::numeric_limits<std::int32_t>::min();
  std::int32_t top_ = std::numeric_limits<std::int32_t>::max(), bottom_ = std::numeric_limits<std::int32_t>::min();
};

/// Collects the symbols while the response is read; nothing else of it is kept.
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
    else if (here() == node::vertex && key_ == "x")
      x_ = coordinate(value);
    else if (here() == node::vertex && key_ == "y")
      y_ = coordinate(value);
    else if (here() == node::error && key_ == "code")
      error_code_ = static_cast<std::int64_t>(std::clamp(value, -1.0, 1e6));
    return true;
  }

  bool String(const char* text, rapidjson::SizeType size, bool) {
    const std::string_view value{text, size};
    if (here() == node::symbol && key_ == "text")
      symbol_.text = value;
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
    case node::word: word_box_.reset(); break;
    case node::symbol:
      symbol_ = {};
      symbol_box_.reset();
      break_ = text_break::none;
      is_prefix_ = false;
      break;
    case node::box: extent_ = {}; break;
    case node::vertex: x_ = y_ = 0; break;
    default: break;
    }
    return push(child);
  }

  bool EndObject(rapidjson::SizeType) {
    const auto ended = here();
    --depth_;
    switch (ended) {
    case node::vertex: extent_.add(x_, y_); break;
    case node::box: (here() == node::symbol ? symbol_box_ : word_box_) = extent_.box(); break;
    case node::symbol: return end_symbol();
    case node::word: end_word(); break;
    case node::paragraph: end_paragraph(); break;
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
    return {std::move(symbols_), std::nullopt};
  }

private:
  static std::int32_t coordinate(double value) {
    return static_cast<std::int32_t>(std::clamp(value, -max_coordinate, max_coordinate));
  }

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

  void break_before_next(text_break b) {
    if (!symbols_.empty())
      symbols_.back().after = std::max(symbols_.back().after, b);
  }

  bool end_symbol() {
    if (is_blank(symbol_.text)) {
      break_before_next(std::max(break_, symbol_.text.empty() ? text_break::none : text_break::space));
      return true;
    }
    if (symbols_.size() == max_symbols) {
      too_much_ = true;
      return false;
    }
    if (is_prefix_)
      break_before_next(break_);
    else
      symbol_.after = break_;
    if (symbol_box_)
      symbol_.box = *symbol_box_;
    else
      unboxed_.push_back(symbols_.size());
    symbols_.push_back(std::move(symbol_));
    return true;
  }

  void end_word() {
    for (const auto i : unboxed_) {
      if (word_box_)
        symbols_[i].box = *word_box_;
      else if (i > 0)
        symbols_[i].box = symbols_[i - 1].box;
    }
    unboxed_.clear();
  }

  /// Paragraphs never run into each other, even where no break is told.
  void end_paragraph() {
    if (!symbols_.empty() && symbols_.back().after == text_break::none)
      symbols_.back().after = text_break::line;
  }

  std::array<node, max_depth> path_{};
  std::size_t depth_ = 0;
  std::string key_;
  std::size_t responses_ = 0;
  std::int64_t error_code_ = 0;
  std::string error_message_;
  std::vector<symbol> symbols_;
  /// Those of the current word that have no box.
  std::vector<std::size_t> unboxed_;
  std::optional<bounding_box> word_box_;
  symbol symbol_;
  std::optional<bounding_box> symbol_box_;
  text_break break_ = text_break::none;
  bool is_prefix_ = false;
  bool too_much_ = false;
  extent extent_;
  std::int32_t x_ = 0;
  std::int32_t y_ = 0;
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
