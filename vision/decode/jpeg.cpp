#include "vision/decode/jpeg_decompressor.hpp"
#include "vision/decode/jpeg_scan_check.hpp"
#include "vision/decode/lost_rows.hpp"
#include "vision/decode/stored_picture.hpp"
#include "vision/montage.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <string>
#include <vector>

namespace glyphgate::vision {

namespace {

constexpr std::string_view format_name = "JPEG";
constexpr std::uint32_t cmyk_channels = 4;

std::uint8_t product(unsigned a, unsigned b) {
  return static_cast<std::uint8_t>((a * b + 127) / 255);
}

/// Turns CMYK into RGB.
void to_rgb(const std::vector<std::uint8_t>& row, bool inverted, std::uint8_t* to) {
  const unsigned flip = inverted ? 0 : 255;
  for (const auto *from = row.data(), *end = from + row.size(); from != end; from += cmyk_channels, to += 3) {
    const unsigned light = from[3] ^ flip;
    for (std::size_t c = 0; c < 3; ++c)
      to[c] = product(from[c] ^ flip, light);
  }
}

/// Reads on where a file is cut or damaged: rows that are lost are plain, as libjpeg's guess at them would be read as
/// strokes. Whether codes are sound is found out before libjpeg reads them, by `jpeg_scan_checker`; of arithmetic
/// coding, while libjpeg reads it, and by it.
///
/// As `jpeg_decompressor` says, the methods that call libjpeg hold nothing with a destructor.
class jpeg_rows final : public row_reader, private jpeg_decompressor {
public:
  jpeg_rows() : jpeg_decompressor{jpeg_damage::is_noted} {}

  /// Reads the header and begins the picture, which takes all of a progressive file.
  std::optional<picture_refusal> start(std::string_view bytes, std::uint32_t width, std::uint32_t height) {
    if (!try_start(bytes, width, height))
      return failure();
    lost_ = lost_rows{height};
    begin_scan();
    if (decompressor_.buffered_image) {
      if (!read_other_scans())
        return undecodable(format_name, too_many_scans);
      if (!try_start_output())
        return failure();
    }
    note_loss();
    if (lost_.too_many())
      return undecodable(format_name, lost_.text());
    if (is_cmyk())
      cmyk_row_.resize(std::size_t{width} * cmyk_channels);
    return std::nullopt;
  }

  std::uint32_t channels() const override {
    return is_cmyk() ? 3 : static_cast<std::uint32_t>(decompressor_.output_components);
  }

  std::optional<picture_refusal> next(std::uint8_t* row) override {
    const auto y = decompressor_.output_scanline;
    if (!try_read(is_cmyk() ? cmyk_row_.data() : row))
      return failure();
    note_loss();
    if (lost_.too_many())
      return undecodable(format_name, lost_.text());
    if (lost_.holds(y))
      std::fill_n(row, std::size_t{decompressor_.output_width} * channels(), plain_level);
    else if (is_cmyk())
      // Adobe's programs store CMYK values inverted.
      to_rgb(cmyk_row_, decompressor_.saw_Adobe_marker, row);
    return std::nullopt;
  }

  std::string warning() const override {
    const auto text = lost_.text();
    return text.empty() ? text : "the JPEG is damaged: " + text;
  }

private:
  bool is_cmyk() const { return decompressor_.out_color_space == JCS_CMYK; }

  picture_refusal failure() const {
    if (is_out_of_memory())
      throw std::bad_alloc{};
    return undecodable(format_name, message());
  }

  /// Of arithmetic coding: what libjpeg has found lost, all from there on.
  void note_loss() {
    if (first_loss_ && decompressor_.arith_code)
      lost_.lose(std::uint64_t{*first_loss_} * DCTSIZE * static_cast<unsigned>(decompressor_.max_v_samp_factor),
                 decompressor_.image_height);
  }

  /// When libjpeg is about to read a scan's data.
  void begin_scan() {
    const bool is_base = !decompressor_.progressive_mode || (decompressor_.Ss == 0 && decompressor_.Ah == 0);
    scan_check found;
    if (!decompressor_.arith_code)
      found = checker_.check(decompressor_, bytes_left(), lost_);
    if (is_base) {
      for (int i = 0; i < decompressor_.comps_in_scan; ++i)
        has_base_[number_in_scan(i)] = true;
      if (found.doubtful)
        lost_.doubt();
    } else if (found.damaged || builds_on_passed()) {
      pass_scan(found.size);
    } else if (found.cut) {
      lost_.lose_detail();
    }
    // What only fills up the file is not for libjpeg.
    if (found.cut)
      decompressor_.src->bytes_in_buffer = found.size;
  }

  std::size_t number_in_scan(int i) const {
    return static_cast<std::size_t>(decompressor_.cur_comp_info[i]->component_index);
  }

  std::uint64_t band() const {
    return (~std::uint64_t{0} << decompressor_.Ss) & (~std::uint64_t{0} >> (DCTSIZE2 - 1 - decompressor_.Se));
  }

  bool builds_on_passed() const {
    for (int i = 0; i < decompressor_.comps_in_scan; ++i)
      if (decompressor_.Ah > 0 && (passed_[number_in_scan(i)] & band()) != 0)
        return true;
    return false;
  }

  /// Lets libjpeg see nothing of a scan that would only add detail, and adds noise where it is damaged.
  void pass_scan(std::size_t size) {
    lost_.lose_detail();
    for (int i = 0; i < decompressor_.comps_in_scan; ++i)
      passed_[number_in_scan(i)] |= band();
    decompressor_.src->next_input_byte += size;
    decompressor_.src->bytes_in_buffer -= size;
  }

  /// Behind the first one; reads all that there are. Where the file goes wrong between two of them, it ends. False
  /// where they are too many.
  bool read_other_scans() {
    int state = JPEG_SUSPENDED;
    while (state != JPEG_REACHED_EOI) {
      if (has_too_many_scans())
        return false;
      if (!try_consume(state)) {
        if (is_out_of_memory())
          throw std::bad_alloc{};
        constexpr int end_marker = 0xD9;
        decompressor_.unread_marker = end_marker;
      } else if (state == JPEG_REACHED_SOS) {
        begin_scan();
      }
    }
    for (std::size_t c = 0; c < static_cast<std::size_t>(decompressor_.num_components); ++c) {
      if (!has_base_[c])
        lost_.lose(0, decompressor_.image_height);
      // How many bits of each coefficient are still to come; -1 for all.
      if (decompressor_.progressive_mode &&
          std::ranges::any_of(decompressor_.coef_bits[c], [](int bits) { return bits != 0; }))
        lost_.lose_detail();
    }
    return true;
  }

  bool try_start(std::string_view bytes, std::uint32_t width, std::uint32_t height) {
    if (setjmp(escape_))
      return false;
    open(bytes, width, height);
    if (decompressor_.num_components == 1)
      decompressor_.out_color_space = JCS_GRAYSCALE;
    else if (decompressor_.num_components == 3)
      decompressor_.out_color_space = JCS_RGB;
    else
      decompressor_.out_color_space = JCS_CMYK;
    decompressor_.buffered_image = jpeg_has_multiple_scans(&decompressor_);
    jpeg_start_decompress(&decompressor_);
    return true;
  }

  /// Reads a bit more of a file of several scans.
  bool try_consume(int& state) {
    if (setjmp(escape_))
      return false;
    state = jpeg_consume_input(&decompressor_);
    return true;
  }

  bool try_start_output() {
    if (setjmp(escape_))
      return false;
    jpeg_start_output(&decompressor_, decompressor_.input_scan_number);
    return true;
  }

  bool try_read(std::uint8_t* row) {
    if (setjmp(escape_))
      return false;
    jpeg_read_scanlines(&decompressor_, &row, 1);
    return true;
  }

  jpeg_scan_checker checker_;
  lost_rows lost_;
  /// By component: whether there was a scan of all its blocks, and which coefficients lack a scan that was passed.
  std::array<bool, MAX_COMPONENTS> has_base_{};
  std::array<std::uint64_t, MAX_COMPONENTS> passed_{};
  std::vector<std::uint8_t> cmyk_row_;
};

} // namespace

stored_picture open_jpeg(std::string_view bytes, std::uint32_t width, std::uint32_t height) {
  auto rows = std::make_unique<jpeg_rows>();
  if (auto refusal = rows->start(bytes, width, height))
    return *std::move(refusal);
  return rows;
}

} // namespace glyphgate::vision
