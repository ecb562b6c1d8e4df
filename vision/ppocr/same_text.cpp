#include "vision/ppocr/same_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <utility>

namespace glyphgate::vision {
namespace {

constexpr double apart = std::numeric_limits<double>::infinity();

// More regions than a caption has; they are compared with each other, so their square is time.
constexpr std::size_t most_patches = 64;

// What two regions share, of what they cover together.
constexpr double least_overlap = 0.6;

// Text with less contrast, of 255, drowns in noise.
constexpr int least_contrast = 48;

// How far the brightness of the lightest parts may change, per cent.
constexpr int most_dimming = 15;

// The least brightness that such a change is taken of.
constexpr int dimmest = 32;

// Where no text was found there is no height of a line: that of small letters, pixels.
constexpr int usual_height = 24;

// Brightness after it is made equal: at most 255 * 1.15.
constexpr int most_levels = 320;

using histogram = std::array<int, most_levels>;

/// The level below which this many of a thousand are.
int quantile(const histogram& counts, int total, int per_mille) {
  const int wanted = static_cast<int>((std::int64_t{total} * per_mille) / 1000);
  int below = 0;
  for (int level = 0; level < most_levels; ++level) {
    below += counts[static_cast<std::size_t>(level)];
    if (below > wanted)
      return level;
  }
  return most_levels - 1;
}

/// What almost all of the levels lie between.
struct span_of_levels {
  int dark, bright;
  int contrast() const { return bright - dark; }
};

span_of_levels span_of(const histogram& counts, int total) {
  return {quantile(counts, total, 30), quantile(counts, total, 970)};
}

template <class Area>
Area joined(const Area& a, const Area& b) {
  return {std::min(a.left, b.left), std::min(a.top, b.top), std::max(a.right, b.right), std::max(a.bottom, b.bottom)};
}

template <class Area>
Area shared(const Area& a, const Area& b) {
  return {std::max(a.left, b.left), std::max(a.top, b.top), std::min(a.right, b.right), std::min(a.bottom, b.bottom)};
}

template <class Area>
Area grown_within(const Area& a, int by, int width, int height) {
  return shared(Area{a.left - by, a.top - by, a.right + by, a.bottom + by}, Area{0, 0, width, height});
}

template <class Area>
std::int64_t size_of(const Area& a) {
  return a.right <= a.left || a.bottom <= a.top ? 0 : std::int64_t{a.right - a.left} * (a.bottom - a.top);
}

template <class Area>
double overlap(const Area& a, const Area& b) {
  const auto both = size_of(shared(a, b));
  return double(both) / double(std::max<std::int64_t>(1, size_of(a) + size_of(b) - both));
}

std::uint8_t level_at(const raster& pixels, int x, int y) {
  const auto* at = pixels.pixels.data() + static_cast<std::size_t>(y) * pixels.row_bytes() +
                   static_cast<std::size_t>(x) * pixels.channels;
  return pixels.channels < 3 ? at[0] : static_cast<std::uint8_t>((77 * at[0] + 150 * at[1] + 29 * at[2] + 128) >> 8);
}

} // namespace

/// Two patches, laid over each other.
struct text_print::comparison {
  int width, height;
  /// About the height of a letter.
  int window;
  std::vector<int> a, b;

  /// Nothing where what has to be compared is not kept of both.
  static std::optional<comparison> of(const patch& a, const patch& b) {
    const int window = std::max(a.height, b.height);
    // Room for a mark that one region has beside it, and the other, narrower one not.
    const auto whole = grown_within(joined(a.text, b.text), window / 3, std::max(a.kept.right, b.kept.right),
                                    std::max(a.kept.bottom, b.kept.bottom));
    if (size_of(shared(whole, a.kept)) != size_of(whole) || size_of(shared(whole, b.kept)) != size_of(whole))
      return std::nullopt;
    comparison made{whole.right - whole.left, whole.bottom - whole.top, window, cut(a, whole), cut(b, whole)};
    if (made.width < 3 || made.height < 3 || !made.equalise())
      return std::nullopt;
    return made;
  }

  /// `found`: whether the detector found text in both, or in neither.
  double distance(bool found) const {
    const auto whole = window_at(0, 0, width, height);
    const int contrast = std::min(whole.in_a.contrast(), whole.in_b.contrast());
    if (found && contrast < least_contrast)
      return apart;
    const auto changes = changed();
    const int step = std::max(1, window / 2);
    double most = 0;
    for (int top = 0; top == 0 || top + step < height; top += step)
      for (int left = 0; left == 0 || left + step < width; left += step) {
        const int right = std::min(width, left + window), bottom = std::min(height, top + window);
        const auto here = window_at(left, top, right, bottom);
        // A margin has little contrast of its own, so that noise would be much of it.
        const int scale =
            std::max({here.in_a.contrast(), here.in_b.contrast(), std::max(contrast, least_contrast) * 3 / 5});
        most = std::max(most, double(most_of(changes, left, top, right, bottom)) / (16.0 * double(scale)));
      }
    return most;
  }

private:
  struct spans {
    span_of_levels in_a, in_b;
  };

  static std::vector<int> cut(const patch& from, const area& part) {
    std::vector<int> made;
    made.reserve(static_cast<std::size_t>(size_of(part)));
    const int row = from.kept.right - from.kept.left;
    for (int y = part.top; y < part.bottom; ++y)
      for (int x = part.left; x < part.right; ++x)
        made.push_back(from.levels[static_cast<std::size_t>((y - from.kept.top) * row + x - from.kept.left)]);
    return made;
  }

  std::size_t at(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
  }

  spans window_at(int left, int top, int right, int bottom) const {
    histogram in_a{}, in_b{};
    for (int y = top; y < bottom; ++y)
      for (int x = left; x < right; ++x) {
        ++in_a[static_cast<std::size_t>(a[at(x, y)])];
        ++in_b[static_cast<std::size_t>(b[at(x, y)])];
      }
    const int total = (right - left) * (bottom - top);
    return {span_of(in_a, total), span_of(in_b, total)};
  }

  /// Makes the lightest parts as light; false where they are too far apart for one scene.
  bool equalise() {
    const auto whole = window_at(0, 0, width, height);
    // Black pictures have a light part too, for a ratio.
    const int in_a = std::max(whole.in_a.bright, dimmest), in_b = std::max(whole.in_b.bright, dimmest);
    if (100 * std::min(in_a, in_b) < (100 - most_dimming) * std::max(in_a, in_b))
      return false;
    const auto scale = [&](std::vector<int>& levels, int bright) {
      for (auto& level : levels)
        level = std::min(most_levels - 1, (level * (in_a + in_b) + bright) / (2 * bright));
    };
    scale(a, in_a);
    scale(b, in_b);
    return true;
  }

  /// The change of each pixel and its neighbours, as the binomial filter weighs them: times 16; 0 at the rim.
  std::vector<int> changed() const {
    std::vector<int> made(a.size());
    for (int y = 1; y + 1 < height; ++y)
      for (int x = 1; x + 1 < width; ++x) {
        int sum = 0;
        for (int dy = -1; dy <= 1; ++dy)
          for (int dx = -1; dx <= 1; ++dx)
            sum += (2 - std::abs(dx)) * (2 - std::abs(dy)) * (a[at(x + dx, y + dy)] - b[at(x + dx, y + dy)]);
        made[at(x, y)] = std::abs(sum);
      }
    return made;
  }

  int most_of(const std::vector<int>& of, int left, int top, int right, int bottom) const {
    int most = 0;
    for (int y = top; y < bottom; ++y)
      for (int x = left; x < right; ++x)
        most = std::max(most, of[at(x, y)]);
    return most;
  }
};

std::size_t text_print::bytes() const {
  std::size_t sum = patches_.size() * sizeof(patch);
  for (const auto& one : patches_)
    sum += one.levels.size();
  return sum;
}

bool text_print::add(const raster& pixels, patch one) {
  const auto kept = static_cast<std::size_t>(size_of(one.kept));
  if (size_of(one.text) == 0 || patches_.size() == most_patches || bytes() + sizeof one + kept > most_print_bytes)
    return false;
  one.levels.reserve(kept);
  for (int y = one.kept.top; y < one.kept.bottom; ++y)
    for (int x = one.kept.left; x < one.kept.right; ++x)
      one.levels.push_back(level_at(pixels, x, y));
  patches_.push_back(std::move(one));
  return true;
}

text_print print_of(const raster& pixels, const std::vector<text_region>& regions) {
  text_print made;
  made.width_ = pixels.width;
  made.height_ = pixels.height;
  made.found_ = !regions.empty();
  const int width = static_cast<int>(pixels.width), height = static_cast<int>(pixels.height);
  const text_print::area all{0, 0, width, height};
  // The detector overlooks text on some grounds, so that all of the picture may be text.
  bool fits = made.found_ || made.add(pixels, {all, all, usual_height, {}});
  for (std::size_t i = 0; i < regions.size() && fits; ++i) {
    const auto& corners = regions[i].corners;
    const auto [left, right] = std::minmax({corners[0].x, corners[1].x, corners[2].x, corners[3].x});
    const auto [top, bottom] = std::minmax({corners[0].y, corners[1].y, corners[2].y, corners[3].y});
    const auto text = shared(text_print::area{static_cast<int>(std::floor(left)), static_cast<int>(std::floor(top)),
                                              static_cast<int>(std::ceil(right)), static_cast<int>(std::ceil(bottom))},
                             all);
    const float sides = std::min(distance(corners[0], corners[1]), distance(corners[0], corners[3]));
    const int high = std::max(8, static_cast<int>(sides));
    fits = made.add(pixels, {text, grown_within(text, high, width, height), high, {}});
  }
  made.too_much_ = !fits;
  if (!fits)
    made.patches_.clear();
  return made;
}

double distance(const text_print& a, const text_print& b) {
  if (a.too_much_ || b.too_much_ || a.width_ != b.width_ || a.height_ != b.height_ || a.found_ != b.found_ ||
      a.patches_.size() != b.patches_.size())
    return apart;
  // Each has its counterpart in the other print, and is that one's.
  const auto counterpart = [](const text_print::patch& of, const std::vector<text_print::patch>& among) {
    return static_cast<std::size_t>(
        std::ranges::max_element(among, {}, [&](const text_print::patch& one) { return overlap(of.text, one.text); }) -
        among.begin());
  };
  double most = 0;
  for (std::size_t i = 0; i < a.patches_.size() && most < apart; ++i) {
    const auto j = counterpart(a.patches_[i], b.patches_);
    if (counterpart(b.patches_[j], a.patches_) != i || overlap(a.patches_[i].text, b.patches_[j].text) < least_overlap)
      return apart;
    const auto both = text_print::comparison::of(a.patches_[i], b.patches_[j]);
    most = both ? std::max(most, both->distance(a.found_)) : apart;
  }
  return most;
}

bool shows_same_text(const text_print& a, const text_print& b) {
  return distance(a, b) < different_text;
}

} // namespace glyphgate::vision
