#include "vision/compose/compose.hpp"

#include "vision/call_planner.hpp"
#include "vision/compose/encoder.hpp"
#include "vision/decode/row_reader.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace glyphgate::vision {

namespace {

constexpr std::size_t channels = 3;
constexpr char too_little_memory[] = "the image needs more memory than there is to decode it";

/// A JPEG quality, and how large a file becomes at it: percent of what it is at the first one.
struct rung {
  int quality;
  std::uint64_t share;
};

// The shares are the least that were measured, of drawings, photographs, text and noise. The usual ones of text are
// 78, 64, 58 and 53.
constexpr std::array ladder{rung{95, 100}, rung{90, 60}, rung{85, 43}, rung{80, 35}, rung{75, 30}};

/// How far an encoding came, and with what.
struct attempt {
  /// Has parts when all rows were written and a picture of it can be read.
  montage made;
  std::uint32_t rows = 0;
  bool fits = true;
};

/// Turns a row of grey at the left of `row` into RGB. From its end: nothing is overwritten that is still needed.
void spread_grey(std::uint8_t* row, std::uint32_t width) {
  for (std::size_t x = width; x-- > 0;)
    std::fill_n(row + x * channels, channels, row[x]);
}

void make_plain(std::uint8_t* row, std::size_t pixels) {
  std::fill_n(row, pixels * channels, plain_level);
}

/// The rows of one picture of a montage. Those that it cannot give are plain.
class source {
public:
  explicit source(const picture& picture)
      : bytes_{picture.bytes->hold()},
        width_{picture.info.width},
        error_{picture.refused} {
    if (!error_.empty())
      return;
    keep_error([&]() -> std::optional<picture_refusal> {
      auto opened = read_rows(bytes_.view, picture.info);
      if (auto* refusal = std::get_if<picture_refusal>(&opened))
        return std::move(*refusal);
      rows_ = std::get<std::unique_ptr<row_reader>>(std::move(opened));
      return std::nullopt;
    });
  }

  /// Writes the next row, as wide as the picture.
  void next(std::uint8_t* row) {
    if (rows_)
      keep_error([&] { return rows_->next(row); });
    if (!rows_)
      make_plain(row, width_);
    else if (rows_->channels() == 1)
      spread_grey(row, width_);
  }

  /// After the last row: what is missing.
  std::string warning() const { return rows_ ? rows_->warning() : std::string{}; }

  /// Empty as long as all is well.
  const std::string& error() const { return error_; }

private:
  /// Where the decoder gives up, or lacks memory, there are no more rows.
  template <class Decode>
  void keep_error(Decode decode) {
    std::optional<picture_refusal> refusal;
    try {
      refusal = decode();
    } catch (const std::bad_alloc&) {
      refusal = picture_refusal{ec::invalid_picture, too_little_memory, std::nullopt};
    }
    if (refusal) {
      error_ = std::move(refusal->detail);
      rows_.reset();
    }
  }

  held_bytes bytes_;
  std::uint32_t width_;
  std::unique_ptr<row_reader> rows_;
  std::string error_;
};

/// Nothing when it was stopped.
std::optional<attempt> encode(const std::vector<picture>& pictures, int quality, std::size_t max_bytes,
                              const std::stop_token& stop, const begun_fn& begun) {
  const auto size = montage_size_of(pictures);
  attempt result;
  auto& made = result.made;
  made.width = static_cast<std::uint32_t>(size.width);
  made.height = static_cast<std::uint32_t>(size.height);
  made.quality = quality;
  jpeg_encoder encoder{made.width, made.height, quality, max_bytes};
  const auto push = [&] {
    result.fits = encoder.push_row();
    ++result.rows;
    return result.fits;
  };
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    if (stop.stop_requested())
      return std::nullopt;
    if (i > 0)
      for (std::uint32_t y = 0; y < separator_px; ++y) {
        make_plain(encoder.next_row(), made.width);
        if (!push())
          return result;
      }
    const auto& info = pictures[i].info;
    made.placements.push_back({i, result.rows, info.width, info.height});
    if (begun)
      begun(i);
    source rows{pictures[i]};
    for (std::uint32_t y = 0; y < info.height; ++y) {
      auto* row = encoder.next_row();
      rows.next(row);
      make_plain(row + info.width * channels, made.width - info.width);
      if (!push())
        return result;
    }
    if (!rows.error().empty())
      made.unplaced.push_back({i, rows.error()});
    else if (auto missing = rows.warning(); !missing.empty())
      made.incomplete.push_back({i, std::move(missing)});
  }
  if (made.unplaced.size() < pictures.size()) {
    auto file = encoder.finish();
    result.fits = file.has_value();
    if (file)
      made.parts.push_back(*std::move(file));
  }
  return result;
}

/// The rung to try after `tried`, whose file was too large when it held `rows` of the montage's `height`.
std::size_t next_rung(std::size_t tried, std::uint64_t rows, std::uint64_t height) {
  auto next = tried + 1;
  while (next + 1 < ladder.size() && ladder[next].share * height > ladder[tried].share * rows)
    ++next;
  return next;
}

} // namespace

std::optional<montage> compose(const std::vector<picture>& pictures, std::size_t max_bytes, const std::stop_token& stop,
                               const begun_fn& begun) {
  montage too_large;
  for (std::size_t i = 0; i < ladder.size();) {
    auto tried = encode(pictures, ladder[i].quality, max_bytes, stop, begun);
    if (!tried)
      return std::nullopt;
    if (tried->fits)
      return std::move(tried->made);
    too_large.width = tried->made.width;
    too_large.height = tried->made.height;
    i = next_rung(i, tried->rows, tried->made.height);
  }
  too_large.too_large = true;
  return too_large;
}

} // namespace glyphgate::vision
