#include "vision/montage.hpp"

#include "core/reading/layout_writer.hpp"
#include "vision/call_planner.hpp"
#include "vision/picture_header.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace glyphgate::vision {

namespace {

/// Twice the distance from `doubled_row` to the rows of `place`; 0 within.
std::int64_t doubled_distance(std::int64_t doubled_row, const placement& place) {
  const std::int64_t top = 2 * std::int64_t{place.top}, bottom = top + 2 * std::int64_t{place.height};
  return std::max({top - doubled_row, doubled_row - bottom, std::int64_t{0}});
}

std::size_t nearest(const bounding_box& box, const std::vector<placement>& placements) {
  const auto centre = 2 * std::int64_t{box.y} + box.height;
  const auto below =
      std::ranges::upper_bound(placements, centre, {}, [](const placement& p) { return 2 * std::int64_t{p.top}; }) -
      placements.begin();
  const auto next = static_cast<std::size_t>(below);
  if (next == 0)
    return 0;
  if (next < placements.size() &&
      doubled_distance(centre, placements[next]) < doubled_distance(centre, placements[next - 1]))
    return next;
  return next - 1;
}

/// In the picture's own pixels.
bounding_quad within(bounding_quad quad, const placement& place) {
  for (auto& corner : quad.corners)
    corner.y -= static_cast<std::int32_t>(place.top);
  return clipped(quad, place.width, place.height);
}

/// Parts a reading among pictures.
class parting {
public:
  parting(recognition read, const std::vector<placement>& placements)
      : read_{std::move(read)},
        placements_{placements},
        parts_(placements.size()) {
    if (layout_.words.empty())
      read_.layout = layout_of(read_);
    owners_.reserve(read_.symbols.size());
    for (const auto& symbol : read_.symbols)
      owners_.push_back(nearest(symbol.box, placements));
    word_owners_ = owners_of(layout_.words, owners_);
    line_owners_ = owners_of(layout_.lines, word_owners_);
    paragraph_owners_ = owners_of(layout_.paragraphs, line_owners_);
    block_owners_ = owners_of(layout_.blocks, paragraph_owners_);
  }

  std::vector<recognition> parts() {
    for (std::size_t i = 0; i < layout_.blocks.size(); ++i)
      add_block(i);
    std::vector<recognition> all;
    all.reserve(parts_.size());
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      all.push_back(parts_[i].take());
      all.back().width = placements_[i].width;
      all.back().height = placements_[i].height;
    }
    return all;
  }

private:
  /// Whose a unit is that holds something of several pictures.
  static constexpr std::size_t nobody = std::numeric_limits<std::size_t>::max();

  static std::vector<std::size_t> owners_of(const std::vector<text_unit>& level,
                                            const std::vector<std::size_t>& below) {
    std::vector<std::size_t> owners;
    owners.reserve(level.size());
    for (std::size_t i = 0; i < level.size(); ++i) {
      const auto [begin, end] = children_of(level, i);
      const auto owner = below[begin];
      const bool one = std::all_of(below.begin() + static_cast<std::ptrdiff_t>(begin),
                                   below.begin() + static_cast<std::ptrdiff_t>(end),
                                   [&](std::size_t other) { return other == owner; });
      owners.push_back(one ? owner : nobody);
    }
    return owners;
  }

  /// What is known of a unit that is all `owner`'s.
  unit_facts facts_of(const text_unit& unit, std::size_t owner) const {
    unit_facts facts{within(unit.box, placements_[owner]), unit.confidence, {}};
    if (unit.languages != 0)
      facts.languages = layout_.languages[unit.languages - 1];
    return facts;
  }

  using end_of_unit = void (layout_writer::*)(const unit_facts&);

  /// Adds a unit's children, and ends it in the writers of the pictures that they belong to.
  template <class AddChild>
  void add_unit(const std::vector<text_unit>& level, std::size_t i, std::size_t owner, end_of_unit end_unit,
                AddChild add_child) {
    const auto first_symbol = added_;
    const auto [begin, end] = children_of(level, i);
    for (auto child = begin; child < end; ++child)
      add_child(child);
    if (owner != nobody) {
      (parts_[owner].*end_unit)(facts_of(level[i], owner));
      return;
    }
    for (auto symbol = first_symbol; symbol < added_; ++symbol)
      if (symbol + 1 == added_ || owners_[symbol] != owners_[symbol + 1])
        (parts_[owners_[symbol]].*end_unit)({});
  }

  void add_block(std::size_t i) {
    add_unit(layout_.blocks, i, block_owners_[i], &layout_writer::end_block,
             [this](auto child) { add_paragraph(child); });
  }

  void add_paragraph(std::size_t i) {
    add_unit(layout_.paragraphs, i, paragraph_owners_[i], &layout_writer::end_paragraph,
             [this](auto child) { add_line(child); });
  }

  void add_line(std::size_t i) {
    add_unit(layout_.lines, i, line_owners_[i], &layout_writer::end_line, [this](auto child) { add_word(child); });
  }

  void add_word(std::size_t i) {
    add_unit(layout_.words, i, word_owners_[i], &layout_writer::end_word, [this](auto child) { add_symbol(child); });
  }

  void add_symbol(std::size_t i) {
    const auto owner = owners_[i];
    if (last_ && *last_ != owner) {
      // No engine knows of the pictures: it may take the lines of two of them for one line or one paragraph.
      auto& before = parts_[*last_];
      before.last_break() = std::max(before.last_break(), text_break::line);
      before.end_line();
    }
    last_ = owner;
    ++added_;
    const auto corners = within(quad_of_symbol(read_, i), placements_[owner]);
    parts_[owner].add(std::move(read_.symbols[i]), corners);
  }

  recognition read_;
  const text_layout& layout_ = read_.layout;
  const std::vector<placement>& placements_;
  std::vector<layout_writer> parts_;
  /// By symbol, word, line, paragraph and block.
  std::vector<std::size_t> owners_, word_owners_, line_owners_, paragraph_owners_, block_owners_;
  /// How many symbols were.
  std::size_t added_ = 0;
  /// The last symbol's.
  std::optional<std::size_t> last_;
};

} // namespace

std::string_view to_string(montage_way way) {
  switch (way) {
  case montage_way::as_sent: return "as_sent";
  case montage_way::spliced: return "spliced";
  case montage_way::transcoded: return "transcoded";
  case montage_way::composed: return "composed";
  }
  return "";
}

std::size_t montage::size() const {
  std::size_t sum = 0;
  for (const auto& part : parts)
    sum += part.view.size();
  return sum;
}

montage_size montage_size_of(const std::vector<picture>& pictures) {
  montage_size size;
  for (const auto& picture : pictures) {
    size.width = std::max<std::uint64_t>(size.width, picture.info.width);
    size.height += picture.info.height + (size.height == 0 ? 0 : separator_px);
  }
  return size;
}

montage sent_as_it_is(const picture_info& info, held_bytes file) {
  montage made;
  made.way = montage_way::as_sent;
  made.width = info.width;
  made.height = info.height;
  made.placements.push_back({0, 0, made.width, made.height});
  made.parts.push_back(std::move(file));
  return made;
}

bool keeps(const montage_size& size, const montage_bounds& bounds) {
  return size.width <= max_side_px && size.height <= std::min<std::uint64_t>(bounds.height, max_side_px) &&
         size.width * size.height <= bounds.pixels;
}

bool keeps(const montage& made, const montage_limits& limits) {
  return keeps({made.width, made.height}, limits.bounds) && made.size() <= limits.bytes;
}

std::vector<recognition> split_by_picture(recognition read, const std::vector<placement>& placements) {
  return parting{std::move(read), placements}.parts();
}

} // namespace glyphgate::vision
