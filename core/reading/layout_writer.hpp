#pragma once

#include "core/recognition.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace glyphgate {

/// What an engine said about a word, line, paragraph or block. What it left out is made from the children: the box is
/// drawn around theirs, and the confidence is the mean of theirs.
struct unit_facts {
  std::optional<bounding_quad> box{};
  /// 0–1.
  std::optional<float> confidence{};
  std::vector<detected_language> languages{};
};

/// Builds a reading symbol by symbol, in reading order. A unit consists of what was added since the one before it
/// ended; to end one that is empty does nothing. A unit ends, without facts, what is open below it.
class layout_writer {
public:
  /// Its box is as the symbol says, which is upright.
  void add(symbol s);

  /// `s.box` becomes the hull of `corners`.
  void add(symbol s, const bounding_quad& corners);

  /// That of the last symbol, which is there.
  text_break& last_break() { return read_.symbols.back().after; }
  bool is_empty() const { return read_.symbols.empty(); }

  void end_word(const unit_facts& facts = {});
  void end_line(const unit_facts& facts = {});
  void end_paragraph(const unit_facts& facts = {});
  void end_block(const unit_facts& facts = {});

  /// The symbols and their layout; nothing else of the recognition is set. Ends what is open. The writer is empty
  /// afterwards.
  recognition take();

private:
  template <class Level>
  void end(std::vector<text_unit>& level, const Level& below, const unit_facts& facts);
  std::uint32_t number_of(const std::vector<detected_language>& languages);

  recognition read_;
  std::vector<bounding_quad> quads_;
  bool all_upright_ = true;
};

} // namespace glyphgate
