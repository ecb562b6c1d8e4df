#include "pictures.hpp"
#include "vision/decode/decode.hpp"
#include "vision/decode/row_reader.hpp"
#include "vision/jpeg/soundness.hpp"
#include "vision/jpeg/structure.hpp"
#include "vision/montage.hpp"
#include "vision/picture_header.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// jpeglib.h needs FILE.
#include <jpeglib.h>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;

namespace {

constexpr std::uint32_t width = 150, height = 200;

/// Text and shades: what is moved is not what it was.
raster scene(std::uint32_t channels) {
  auto picture = gradient(width, height, channels);
  const auto text = drawn_text("HELLO\nWORLD\nHELLO\nWORLD\nHELLO\nWORLD", 2);
  for (std::uint32_t y = 0; y < std::min(height, text.height); ++y)
    for (std::uint32_t x = 0; x < std::min(width, text.width); ++x)
      if (text.pixels[y * text.row_bytes() + 3 * std::size_t{x}] == 0)
        std::fill_n(picture.pixels.begin() + static_cast<std::ptrdiff_t>(y * picture.row_bytes() + x * channels),
                    channels, std::uint8_t{30});
  return picture;
}

struct kind {
  std::string name;
  std::string file;
  bool progressive = false;
};

std::vector<kind> sequential_kinds() {
  const auto grey = scene(1), rgb = scene(3), cmyk = scene(4);
  return {{"baseline", jpeg_of(rgb)},
          {"4:4:4", jpeg_of(rgb, {.across = 1, .down = 1})},
          {"4:4:0", jpeg_of(rgb, {.across = 1, .down = 2})},
          {"RGB", jpeg_of(rgb, {.rgb = true})},
          {"optimised", jpeg_of(rgb, {.optimised = true})},
          {"grey", jpeg_of(grey)},
          {"CMYK", jpeg_of(cmyk)},
          {"YCCK", jpeg_of(cmyk, {.ycck = true})}};
}

std::vector<kind> restarting_kinds() {
  const auto grey = scene(1), rgb = scene(3), cmyk = scene(4);
  return {{"restarts", jpeg_of(rgb, {.restart_rows = 1})},
          {"optimised with restarts", jpeg_of(rgb, {.optimised = true, .restart_rows = 2})},
          {"grey with restarts", jpeg_of(grey, {.restart_rows = 1})},
          {"CMYK with restarts", jpeg_of(cmyk, {.restart_rows = 1})}};
}

std::vector<kind> progressive_kinds() {
  const auto grey = scene(1), rgb = scene(3), cmyk = scene(4);
  return {{"progressive", jpeg_of(rgb, {.progressive = true}), true},
          {"progressive 4:4:4", jpeg_of(rgb, {.progressive = true, .across = 1, .down = 1}), true},
          {"progressive grey", jpeg_of(grey, {.progressive = true}), true},
          {"progressive CMYK", jpeg_of(cmyk, {.progressive = true}), true},
          {"progressive with restarts", jpeg_of(rgb, {.progressive = true, .restart_rows = 1}), true}};
}

std::vector<kind> huffman_kinds() {
  auto all = sequential_kinds();
  for (const auto& more : {restarting_kinds(), progressive_kinds()})
    all.insert(all.end(), more.begin(), more.end());
  all.push_back({"separate scans", jpeg_of(scene(3), {.separate_scans = true})});
  return all;
}

picture_info info_of(std::string_view bytes) {
  return std::get<picture_header>(inspect(bytes)).info;
}

decoded_picture read(const std::string& bytes) {
  auto result = decode(bytes, info_of(bytes));
  if (const auto* refusal = std::get_if<picture_refusal>(&result))
    BOOST_FAIL("refused: " << refusal->detail);
  return std::get<decoded_picture>(std::move(result));
}

/// Behind the header of its first scan.
std::size_t scan_start(const std::string& file) {
  const auto marker = file.find("\xFF\xDA");
  return marker + 2 + static_cast<unsigned char>(file[marker + 2]) * 256U +
         static_cast<unsigned char>(file[marker + 3]);
}

std::string row_of(const raster& picture, std::uint32_t y) {
  const auto* from = picture.pixels.data() + y * picture.row_bytes();
  return {from, from + picture.row_bytes()};
}

bool is_plain(const std::string& row) {
  return row.find_first_not_of(static_cast<char>(plain_level)) == std::string::npos;
}

/// Whether libjpeg itself finds picture data lost when it reads the file.
class libjpeg_opinion : jpeg_error_mgr {
public:
  explicit libjpeg_opinion(const std::string& bytes) {
    file_.err = jpeg_std_error(this);
    error_exit = [](j_common_ptr c) { std::longjmp(of(c).escape_, 1); };
    emit_message = [](j_common_ptr c, int level) {
      const std::string_view text{c->err->jpeg_message_table[c->err->msg_code]};
      of(c).lost_ = of(c).lost_ || (level < 0 && text.starts_with("Corrupt JPEG data") &&
                                    text.find("extraneous") == std::string_view::npos);
    };
    jpeg_create_decompress(&file_);
    jpeg_mem_src(&file_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    read_all();
    jpeg_destroy_decompress(&file_);
  }

  bool lost() const { return lost_; }

private:
  static libjpeg_opinion& of(j_common_ptr c) { return *static_cast<libjpeg_opinion*>(c->err); }

  void read_all() {
    if (setjmp(escape_))
      return;
    jpeg_read_header(&file_, TRUE);
    jpeg_start_decompress(&file_);
    auto* row = row_.data();
    while (file_.output_scanline < file_.output_height)
      jpeg_read_scanlines(&file_, &row, 1);
  }

  jpeg_decompress_struct file_;
  std::jmp_buf escape_;
  std::array<unsigned char, std::size_t{4} * width> row_;
  bool lost_ = false;
};

/// Whether it is taken for the whole picture.
bool is_silent(const decoded& result) {
  const auto* picture = std::get_if<decoded_picture>(&result);
  return picture != nullptr && picture->warning.empty();
}

} // namespace

BOOST_AUTO_TEST_SUITE(jpeg_damage)

BOOST_AUTO_TEST_CASE(what_lacks_nothing_of_the_picture_is_read_without_a_warning) {
  auto kinds = huffman_kinds();
  kinds.push_back({"arithmetic", jpeg_of(scene(3), {.arithmetic = true})});
  for (const auto& [name, file, progressive] : kinds) {
    const auto whole = read(file);
    BOOST_TEST(whole.warning == "");
    const auto without_end = file.substr(0, file.size() - 2);
    const std::string zeros(5000, '\0');
    std::vector<std::string> same{file + zeros, file + "trailer", file + file, without_end + "\xFF\xFF\xFF\xD9"};
    // How much of its last bytes an arithmetic decoder needs is not known.
    if (name != "arithmetic")
      same.insert(same.end(),
                  {without_end, without_end + "\xFF", without_end + zeros, without_end + zeros + "\xFF\xD9"});
    for (std::size_t i = 0; i < same.size(); ++i)
      BOOST_TEST_CONTEXT(name << ", way " << i) {
        const auto found = read(same[i]);
        BOOST_TEST(found.warning == "");
        BOOST_TEST(largest_difference(found.pixels, whole.pixels) == 0);
      }
  }
}

BOOST_AUTO_TEST_CASE(a_cut_sequential_file_is_read_as_far_as_it_goes) {
  auto kinds = sequential_kinds();
  for (const auto& more : restarting_kinds())
    kinds.push_back(more);
  for (const auto& [name, file, progressive] : kinds) {
    const auto whole = read(file).pixels;
    const auto start = scan_start(file), length = file.size() - 2 - start;
    int read_count = 0;
    for (std::size_t i = 0; i < 16; ++i)
      for (const std::string& tail : {std::string{}, std::string(3000, '\0'), std::string{"\xFF\xD9"}})
        BOOST_TEST_CONTEXT(name << ", cut after " << i << " sixteenths, " << tail.size() << " bytes added") {
          const auto cut = file.substr(0, start + length * i / 16) + tail;
          const auto result = decode(cut, info_of(file));
          if (const auto* refusal = std::get_if<picture_refusal>(&result)) {
            BOOST_TEST(to_string(refusal->code) == to_string(ec::invalid_picture));
            BOOST_TEST(refusal->detail.starts_with("the JPEG cannot be decoded: its last "), refusal->detail);
            // The scene's rows take about as many bytes each.
            BOOST_TEST(i < 15U);
            continue;
          }
          ++read_count;
          const auto& [pixels, warning] = std::get<decoded_picture>(result);
          std::uint32_t lost = 0;
          while (lost < height && is_plain(row_of(pixels, height - 1 - lost)))
            ++lost;
          BOOST_TEST(lost > 0U);
          BOOST_TEST(lost <= height / 4);
          BOOST_TEST(
              warning.starts_with("the JPEG is damaged: its last " + std::to_string(lost) + " of 200 rows are missing"),
              warning);
          // Colours are interpolated from the row below.
          for (std::uint32_t y = 0; y + 1 < height - lost; ++y)
            BOOST_TEST(row_of(pixels, y) == row_of(whole, y), "row " << y);
        }
    BOOST_TEST(read_count >= 3);
  }
}

BOOST_AUTO_TEST_CASE(a_cut_progressive_file_is_read_when_its_first_scan_is_there) {
  for (const auto& [name, file, progressive] : progressive_kinds()) {
    const auto whole = read(file).pixels;
    const auto start = scan_start(file);
    auto least = std::numeric_limits<std::uint64_t>::max() / 2;
    bool was_read = false;
    for (auto size = start; size < file.size() - 2; size += 1 + (file.size() - start) / 64)
      BOOST_TEST_CONTEXT(name << ", cut after " << size << " of " << file.size() << " bytes") {
        const auto result = decode(file.substr(0, size), info_of(file));
        BOOST_TEST(!is_silent(result));
        const auto* picture = std::get_if<decoded_picture>(&result);
        // More data never make it worse.
        BOOST_TEST((picture != nullptr || !was_read));
        if (picture == nullptr)
          continue;
        was_read = true;
        if (picture->warning.find("detail") == std::string::npos)
          continue;
        std::uint64_t error = 0;
        for (std::size_t i = 0; i < whole.pixels.size(); ++i)
          error += static_cast<std::uint64_t>(std::abs(whole.pixels[i] - picture->pixels.pixels[i]));
        BOOST_TEST(error <= least + least / 8 + whole.pixels.size());
        least = std::min(least, error);
      }
    BOOST_TEST(was_read);
    BOOST_TEST(least < whole.pixels.size() * 2);
  }
}

BOOST_AUTO_TEST_CASE(with_restart_markers_the_loss_is_bounded) {
  for (const auto& [name, file, progressive] : restarting_kinds()) {
    const auto whole = read(file).pixels;
    const auto start = scan_start(file);
    for (std::size_t i = 1; i < 16; ++i)
      BOOST_TEST_CONTEXT(name << ", " << i << " sixteenths") {
        auto bytes = file;
        bytes.erase(start + (file.size() - start) * i / 16, 4);
        const auto [pixels, warning] = read(bytes);
        std::uint32_t wrong = 0, plain = 0;
        for (std::uint32_t y = 0; y < height; ++y) {
          plain += is_plain(row_of(pixels, y)) ? 1 : 0;
          wrong += row_of(pixels, y) != row_of(whole, y) ? 1 : 0;
        }
        BOOST_TEST(plain <= height / 4);
        // The row above and the one below: colours are interpolated.
        if (!warning.empty())
          BOOST_TEST(wrong <= plain + 4);
        else
          BOOST_TEST(wrong <= 32 + 2U);
      }
  }
}

// What is guaranteed of bytes that were changed or lost: a file whose codes mean something and fill their scans to the
// last bit is read in silence, whatever its numbers have become; any other is refused, or read with a warning. So say
// libjpeg and our other reader of codes. What passes in silence is a file that an encoder might have made: bytes were
// lost within one block, say, and the codes of the next one follow.
BOOST_AUTO_TEST_CASE(damage_passes_in_silence_only_where_all_codes_are_sound) {
  const auto kinds = huffman_kinds();
  const auto check = [](const std::string& bytes, const picture_info& info) {
    const auto result = decode(bytes, info);
    const auto silent = is_silent(result);
    RC_TAG(std::string{silent ? "silent" : std::holds_alternative<decoded_picture>(result) ? "warned" : "refused"});
    if (silent)
      RC_ASSERT(!libjpeg_opinion{bytes}.lost());
    if (jpeg::read_baseline(bytes))
      RC_ASSERT(silent == is_sound(bytes));
  };
  BOOST_TEST(rc::check("changed bits", [&] {
    const auto& file = (*rc::gen::elementOf(kinds)).file;
    auto bytes = file;
    for (int i = *rc::gen::inRange(1, 4); i > 0; --i) {
      auto& byte = bytes[*rc::gen::inRange(scan_start(file), file.size() - 2)];
      byte = static_cast<char>(byte ^ 1 << *rc::gen::inRange(0, 8));
    }
    check(bytes, info_of(file));
  }));
  BOOST_TEST(rc::check("lost bytes", [&] {
    const auto& file = (*rc::gen::elementOf(kinds)).file;
    const auto count = *rc::gen::inRange<std::size_t>(1, 9);
    auto bytes = file;
    bytes.erase(*rc::gen::inRange(scan_start(file), file.size() - 2 - count), count);
    check(bytes, info_of(file));
  }));
}

BOOST_AUTO_TEST_CASE(most_lost_bytes_are_noticed) {
  for (const auto& [name, file, progressive] : huffman_kinds()) {
    const auto whole = read(file).pixels;
    int cases = 0, unnoticed = 0;
    for (auto at = scan_start(file); at + 6 < file.size(); at += 1 + file.size() / 200) {
      auto bytes = file;
      bytes.erase(at, 4);
      const auto result = decode(bytes, info_of(file));
      ++cases;
      unnoticed +=
          is_silent(result) && largest_difference(std::get<decoded_picture>(result).pixels, whole) > 32 ? 1 : 0;
    }
    BOOST_TEST_MESSAGE(name << ": " << unnoticed << " of " << cases << " unnoticed");
    BOOST_TEST(unnoticed < cases / 2, name << ": " << unnoticed << " of " << cases << " unnoticed");
  }
}

BOOST_AUTO_TEST_SUITE_END()
