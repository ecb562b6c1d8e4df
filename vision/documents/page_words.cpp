#include "vision/documents/page_words.hpp"

#include "core/reading/layout_writer.hpp"
#include "core/utf8.hpp"
#include "vision/documents/document.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>

namespace glyphgate::vision {

namespace {

constexpr bool is_space_or_control(char32_t c) {
  return c <= 0x20 || (c >= 0x7F && c <= 0xA0) || c == 0xAD || (c >= 0x2000 && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202F) || c == 0x3000 || c == 0xFEFF;
}

/// Stands for a glyph whose meaning the document does not tell: it is unknown, or of private use.
constexpr bool is_of_unknown_meaning(char32_t c) {
  return c == 0xFFFD || (c >= 0xE000 && c <= 0xF8FF) || c >= 0xF0000;
}

/// The characters of a word, each with its place among all of it; damaged bytes stand for one of unknown meaning.
std::vector<std::string_view> characters_of(std::string_view text) {
  std::vector<std::string_view> characters;
  while (!text.empty()) {
    const auto length = utf8_length(text);
    characters.push_back(length == 0 ? replacement_character : text.substr(0, length));
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return characters;
}

/// The box as its text has it: x in the direction of the text, y down across it.
page_box along_text(const page_box& box, int turned) {
  switch (turned) {
  case 1: return {box.top, -box.right, box.bottom, -box.left};
  case 2: return {-box.right, -box.bottom, -box.left, -box.top};
  case 3: return {-box.bottom, box.left, -box.top, box.right};
  default: return box;
  }
}

/// The part of a word's box that is the letter's at position `i` of `count`, where nobody tells it.
page_box share_of(const page_box& word, int turned, std::size_t i, std::size_t count) {
  const auto part = [&](double from, double to, std::size_t at) {
    return from + (to - from) * static_cast<double>(at) / static_cast<double>(count);
  };
  const bool is_down = turned == 1 || turned == 3, is_back = turned == 2 || turned == 3;
  const auto at = is_back ? count - 1 - i : i;
  if (is_down)
    return {word.left, part(word.top, word.bottom, at), word.right, part(word.top, word.bottom, at + 1)};
  return {part(word.left, word.right, at), word.top, part(word.left, word.right, at + 1), word.bottom};
}

std::int32_t within(double value, std::uint32_t most) {
  // Also what is no number.
  if (!(value > 0))
    return 0;
  return static_cast<std::int32_t>(std::min(value, static_cast<double>(most)));
}

bounding_quad quad_on_page(const page_box& box, int turned, std::uint32_t width, std::uint32_t height) {
  const auto left = within(std::floor(box.left), width), right = within(std::ceil(box.right), width);
  const auto top = within(std::floor(box.top), height), bottom = within(std::ceil(box.bottom), height);
  const std::array<pixel_point, 4> clockwise{pixel_point{left, top}, pixel_point{std::max(left, right), top},
                                             pixel_point{std::max(left, right), std::max(top, bottom)},
                                             pixel_point{left, std::max(top, bottom)}};
  bounding_quad quad;
  for (std::size_t i = 0; i < clockwise.size(); ++i)
    quad.corners[i] = clockwise[(i + static_cast<std::size_t>(turned)) % clockwise.size()];
  return quad;
}

/// How the text goes on from one word to the next.
enum class step : std::uint8_t { word, line, paragraph, block };

step step_between(const page_word& one, const page_word& next) {
  if (one.turned != next.turned)
    return step::block;
  constexpr double same_line = 0.5, new_paragraph = 0.7, new_block = 2;
  const auto from = along_text(one.box, one.turned), to = along_text(next.box, next.turned);
  const auto height = std::min(from.bottom - from.top, to.bottom - to.top);
  const auto common = std::min(from.bottom, to.bottom) - std::max(from.top, to.top);
  if (common >= same_line * height && to.left > from.left)
    return step::word;
  const auto gap = to.top - from.bottom;
  if (to.bottom <= from.top || !(gap < new_block * height))
    return step::block;
  return gap > new_paragraph * height ? step::paragraph : step::line;
}

/// What is between two words of a line.
text_break gap_between(const page_word& one, const page_word& next) {
  constexpr double some = 0.1, wide = 2;
  const auto from = along_text(one.box, one.turned), to = along_text(next.box, next.turned);
  const auto gap = to.left - from.right, height = from.bottom - from.top;
  if (gap > wide * height)
    return text_break::sure_space;
  return one.space_after || gap > some * height ? text_break::space : text_break::none;
}

class page_writer {
public:
  page_writer(std::uint32_t width, std::uint32_t height) : width_{width}, height_{height} {}

  void add(const page_word& word) {
    const auto characters = characters_of(word.text);
    const auto before = letters_;
    for (std::size_t i = 0; i < characters.size(); ++i) {
      const auto character = first_code_point(characters[i]);
      if (is_space_or_control(character))
        continue;
      if (letters_ == before)
        go_on_to(word);
      const auto box = word.letters.size() == characters.size() ? word.letters[i]
                                                                : share_of(word.box, word.turned, i, characters.size());
      symbol s;
      s.text = characters[i];
      s.confidence = 1;
      to_.add(std::move(s), quad_on_page(box, word.turned, width_, height_));
      ++letters_;
      unknown_ += is_of_unknown_meaning(character) ? 1 : 0;
    }
    if (letters_ != before)
      last_ = &word;
  }

  std::shared_ptr<const recognition> take() {
    constexpr std::size_t most_unknown = 10;
    if (letters_ < least_text || unknown_ * most_unknown > letters_)
      return nullptr;
    to_.last_break() = text_break::line;
    auto read = std::make_shared<recognition>(to_.take());
    read->engine = "pdf";
    read->width = width_;
    read->height = height_;
    return read;
  }

private:
  void go_on_to(const page_word& next) {
    if (last_ == nullptr)
      return;
    const auto how = step_between(*last_, next);
    to_.last_break() = how == step::word ? gap_between(*last_, next) : text_break::line;
    switch (how) {
    case step::word:
      if (to_.last_break() != text_break::none)
        to_.end_word();
      break;
    case step::line: to_.end_line(); break;
    case step::paragraph: to_.end_paragraph(); break;
    case step::block: to_.end_block(); break;
    }
  }

  std::uint32_t width_, height_;
  layout_writer to_;
  const page_word* last_ = nullptr;
  std::size_t letters_ = 0, unknown_ = 0;
};

} // namespace

std::shared_ptr<const recognition> reading_of(const std::vector<page_word>& words, std::uint32_t width,
                                              std::uint32_t height) {
  page_writer to{width, height};
  for (const auto& word : words)
    to.add(word);
  return to.take();
}

} // namespace glyphgate::vision
