#include "vision/compose/transcode.hpp"

#include "vision/compose/coefficient_writer.hpp"
#include "vision/compose/coefficients.hpp"
#include "vision/jpeg/baseline_scan.hpp"
#include "vision/jpeg/structure.hpp"
#include "vision/picture_header.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace glyphgate::vision {

namespace {

struct montage_plan {
  /// With the steps of the montage.
  coefficient_layout layout;
  montage_size size;
  std::vector<placement> placements;
};

bool same_sampling(const coefficient_layout& a, const coefficient_layout& b) {
  if (a.component_count != b.component_count)
    return false;
  for (std::size_t c = 0; c < a.component_count; ++c)
    if (a.components[c].across != b.components[c].across || a.components[c].down != b.components[c].down)
      return false;
  return true;
}

/// The steps of one component for all pictures: theirs where they agree, else the smallest of
/// each coefficient. Not below 2 then: with steps of 1 the range of baseline coding just holds what an encoder makes,
/// but not what becomes of it when larger steps have rounded it up.
class common_steps {
  static constexpr std::uint16_t least = 2, most = 255;

public:
  void add(const quantisation_table& steps) {
    if (empty_)
      smallest_ = steps;
    else if (steps != smallest_)
      agree_ = false;
    empty_ = false;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      agree_ = agree_ && steps[i] <= most;
      smallest_[i] = std::min(smallest_[i], steps[i]);
    }
  }

  quantisation_table result() const {
    auto steps = smallest_;
    if (!agree_)
      for (auto& step : steps)
        step = std::clamp(step, least, most);
    return steps;
  }

private:
  bool empty_ = true, agree_ = true;
  quantisation_table smallest_{};
};

/// Reads every header.
std::optional<montage_plan> plan_of(const std::vector<picture>& pictures) {
  montage_plan plan;
  std::array<common_steps, coefficient_layout::max_components> steps;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const auto& info = pictures[i].info;
    if (info.format != picture_format::jpeg || info.width != pictures.front().info.width)
      return std::nullopt;
    const auto bytes = pictures[i].bytes->hold();
    coefficient_reader reader;
    if (!reader.start(bytes.view, info))
      return std::nullopt;
    const auto& layout = reader.layout();
    if (i == 0)
      plan.layout = layout;
    else if (!same_sampling(layout, plan.layout))
      return std::nullopt;
    for (std::size_t c = 0; c < layout.component_count; ++c)
      steps[c].add(layout.components[c].steps);

    const std::uint64_t mcu_height = plan.layout.mcu_height();
    if (i > 0)
      plan.size.height = ((plan.size.height + mcu_height - 1) / mcu_height + 1) * mcu_height;
    if (plan.size.height + info.height > max_side_px)
      return std::nullopt;
    plan.placements.push_back({i, static_cast<std::uint32_t>(plan.size.height), info.width, info.height});
    plan.size.height += info.height;
  }
  if (pictures.empty())
    return std::nullopt;
  plan.size.width = pictures.front().info.width;
  for (std::size_t c = 0; c < plan.layout.component_count; ++c)
    plan.layout.components[c].steps = steps[c].result();
  return plan;
}

/// Gives coefficients other steps, of the same component.
class requantiser {
  static constexpr int fraction_bits = 20;
  static constexpr std::int64_t one = 1 << fraction_bits;

public:
  requantiser() = default;

  requantiser(const quantisation_table& from, const quantisation_table& to) : same_{from == to} {
    for (std::size_t i = 0; i < from.size(); ++i)
      factors_[i] = (from[i] * one + to[i] / 2) / to[i];
  }

  /// Rounds to the nearest, halves to zero: a smaller value takes fewer bits. One of 16 bits becomes one of 32 at most.
  int operator()(std::size_t place, int value) const {
    if (same_)
      return value;
    const auto below_half = one / 2 - 1 + (value < 0);
    return static_cast<int>((value * factors_[place] + below_half) >> fraction_bits);
  }

private:
  bool same_ = true;
  // Fixed-point numbers.
  std::array<std::int64_t, DCTSIZE2> factors_{};
};

/// Writes a montage's blocks, picture by picture.
class transcoder {
public:
  transcoder(const montage_plan& plan, std::size_t expected)
      : layout_{plan.layout},
        writer_{plan.layout, static_cast<std::uint32_t>(plan.size.width), static_cast<std::uint32_t>(plan.size.height),
                expected},
        mcus_across_{(static_cast<std::uint32_t>(plan.size.width) + layout_.mcu_width() - 1) / layout_.mcu_width()} {
    // A block's DC is eight times its mean, from the middle of the range.
    const int dc = (plain_level - CENTERJSAMPLE) * DCTSIZE, step = layout_.components[0].steps[0];
    plain_dc_[0] = (dc + step / 2) / step;
  }

  void add_plain_mcu_row() {
    for_every_block(1, [this](std::size_t c, std::uint32_t, std::uint32_t) { add_plain_block(c); });
  }

  /// False where it is damaged, or holds what baseline coding has no code for.
  bool add(std::string_view bytes, const picture_info& info) {
    coefficient_reader reader;
    if (!reader.start(bytes, info))
      return false;
    for (std::size_t c = 0; c < layout_.component_count; ++c) {
      requantisers_[c] = {reader.layout().components[c].steps, layout_.components[c].steps};
      block_rows_[c] = reader.block_rows(c);
    }
    if (reader.turned() || !add_as_scan(bytes)) {
      if (!reader.read())
        return false;
      add_read(reader, info.height);
    }
    return writer_.fits();
  }

  std::string finish() { return writer_.finish(); }

private:
  /// Takes a picture's blocks as its scan brings them.
  struct scan_blocks {
    struct block {
      block_writer to;
      const requantiser* steps;
      bool plain;

      void ac(std::size_t place, unsigned zeros, int value) {
        if (!plain)
          to.ac(zeros, (*steps)(place, value));
      }
    };

    transcoder& to;

    block begin(std::size_t c, std::uint32_t row, int dc) {
      const bool plain = row >= to.block_rows_[c];
      const auto& steps = to.requantisers_[c];
      return {to.writer_.begin(c, plain ? to.plain_dc_[c] : steps(0, dc)), &steps, plain};
    }

    void end(const block& done) { to.writer_.end(done.to); }
  };

  /// The quick way, without an array of coefficients. Where it is none, nothing has happened.
  bool add_as_scan(std::string_view file) {
    const auto usual = jpeg::read_baseline(file);
    if (!usual)
      return false;
    scan_.start(*usual);
    const auto before = writer_.here();
    scan_blocks blocks{*this};
    if (scan_.read(blocks))
      return true;
    writer_.back_to(before);
    return false;
  }

  void add_read(coefficient_reader& reader, std::uint32_t height) {
    const auto mcu_height = layout_.mcu_height();
    for_every_block((height + mcu_height - 1) / mcu_height,
                    [&](std::size_t c, std::uint32_t row, std::uint32_t column) {
                      if (row >= block_rows_[c])
                        return add_plain_block(c);
                      // Beyond the right edge the last block's mean goes on.
                      const auto last = reader.block_columns(c) - 1;
                      const auto* block = reader.block(c, row, std::min(column, last));
                      auto made = writer_.begin(c, requantisers_[c](0, block[0]));
                      if (column <= last)
                        add_ac(made, requantisers_[c], block);
                      writer_.end(made);
                    });
  }

  static void add_ac(block_writer& to, const requantiser& steps, const JCOEF* block) {
    unsigned zeros = 0;
    for (std::size_t k = 1; k < DCTSIZE2; ++k) {
      const auto place = zigzag[k];
      if (block[place] == 0) {
        ++zeros;
      } else {
        to.ac(zeros, steps(place, block[place]));
        zeros = 0;
      }
    }
  }

  void add_plain_block(std::size_t c) { writer_.end(writer_.begin(c, plain_dc_[c])); }

  /// Of so many rows of MCUs: calls `add(component, row, column)`, in the order of the scan.
  template <class Add>
  void for_every_block(std::uint32_t mcu_rows, Add add) {
    for (std::uint32_t y = 0; y < mcu_rows; ++y)
      for (std::uint32_t x = 0; x < mcus_across_; ++x)
        for (std::size_t c = 0; c < layout_.component_count; ++c) {
          const auto& component = layout_.components[c];
          for (std::uint32_t down = 0; down < component.down; ++down)
            for (std::uint32_t across = 0; across < component.across; ++across)
              add(c, y * component.down + down, x * component.across + across);
        }
  }

  const coefficient_layout& layout_;
  coefficient_writer writer_;
  std::uint32_t mcus_across_;
  std::array<int, coefficient_layout::max_components> plain_dc_{};
  // Of the picture that is being added.
  baseline_scan scan_;
  std::array<requantiser, coefficient_layout::max_components> requantisers_;
  std::array<std::uint32_t, coefficient_layout::max_components> block_rows_{};
};

} // namespace

std::optional<montage> transcode(const std::vector<picture>& pictures, const std::stop_token& stop) {
  auto plan = plan_of(pictures);
  if (!plan)
    return std::nullopt;
  // Finer steps make files larger, by a third or so, and memory that is not written to costs nothing.
  std::size_t expected = std::size_t{64} * 1024;
  for (const auto& picture : pictures)
    expected += picture.bytes->size() * 3 / 2;
  transcoder made{*plan, expected};
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    if (stop.stop_requested())
      return std::nullopt;
    if (i > 0)
      made.add_plain_mcu_row();
    const auto bytes = pictures[i].bytes->hold();
    if (!made.add(bytes.view, pictures[i].info))
      return std::nullopt;
  }
  montage result;
  result.way = montage_way::transcoded;
  result.width = static_cast<std::uint32_t>(plan->size.width);
  result.height = static_cast<std::uint32_t>(plan->size.height);
  result.placements = std::move(plan->placements);
  const auto file = std::make_shared<const std::string>(made.finish());
  result.parts.push_back({*file, file});
  return result;
}

} // namespace glyphgate::vision
