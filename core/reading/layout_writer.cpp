#include "core/reading/layout_writer.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace glyphgate {

namespace {

/// A level as what its parents are made of.
struct units_below {
  const std::vector<text_unit>& units;

  std::size_t size() const { return units.size(); }
  const bounding_quad& quad(std::size_t i) const { return units[i].box; }
  float confidence(std::size_t i) const { return units[i].confidence; }
};

struct symbols_below {
  const std::vector<symbol>& symbols;
  const std::vector<bounding_quad>& quads;

  std::size_t size() const { return symbols.size(); }
  const bounding_quad& quad(std::size_t i) const { return quads[i]; }
  float confidence(std::size_t i) const { return symbols[i].confidence; }
};

} // namespace

void layout_writer::add(symbol s) {
  quads_.push_back(quad_of(s.box));
  read_.symbols.push_back(std::move(s));
}

void layout_writer::add(symbol s, const bounding_quad& corners) {
  s.box = hull_of(corners);
  all_upright_ = all_upright_ && is_upright(corners);
  quads_.push_back(corners);
  read_.symbols.push_back(std::move(s));
}

template <class Level>
void layout_writer::end(std::vector<text_unit>& level, const Level& below, const unit_facts& facts) {
  const std::size_t begin = level.empty() ? 0 : level.back().end, end = below.size();
  if (begin == end)
    return;
  text_unit unit{static_cast<std::uint32_t>(end), {}, 0, number_of(facts.languages)};
  if (facts.box) {
    unit.box = *facts.box;
  } else {
    std::vector<bounding_quad> children;
    children.reserve(end - begin);
    for (auto i = begin; i < end; ++i)
      children.push_back(below.quad(i));
    unit.box = quad_around(children);
  }
  if (facts.confidence) {
    unit.confidence = *facts.confidence;
  } else {
    for (auto i = begin; i < end; ++i)
      unit.confidence += below.confidence(i);
    unit.confidence /= static_cast<float>(end - begin);
  }
  level.push_back(unit);
}

std::uint32_t layout_writer::number_of(const std::vector<detected_language>& languages) {
  if (languages.empty())
    return 0;
  auto& known = read_.layout.languages;
  // Text seldom changes its language: what is looked for is among the last few, or new.
  constexpr std::ptrdiff_t looked_at = 8;
  const auto from = known.end() - std::min(std::ssize(known), looked_at);
  auto found = std::find(from, known.end(), languages);
  if (found == known.end())
    found = known.insert(known.end(), languages);
  return static_cast<std::uint32_t>(found - known.begin()) + 1;
}

void layout_writer::end_word(const unit_facts& facts) {
  end(read_.layout.words, symbols_below{read_.symbols, quads_}, facts);
}

void layout_writer::end_line(const unit_facts& facts) {
  end_word();
  end(read_.layout.lines, units_below{read_.layout.words}, facts);
}

void layout_writer::end_paragraph(const unit_facts& facts) {
  end_line();
  end(read_.layout.paragraphs, units_below{read_.layout.lines}, facts);
}

void layout_writer::end_block(const unit_facts& facts) {
  end_paragraph();
  end(read_.layout.blocks, units_below{read_.layout.paragraphs}, facts);
}

recognition layout_writer::take() {
  end_block();
  if (!all_upright_)
    read_.layout.symbol_quads = std::move(quads_);
  return std::exchange(*this, {}).read_;
}

} // namespace glyphgate
