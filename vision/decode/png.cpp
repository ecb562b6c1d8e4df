#include "vision/decode/ground.hpp"
#include "vision/decode/stored_picture.hpp"

#include <png.h>

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

namespace glyphgate::vision {

namespace {

// What colour profiles, texts and the like may take while libpng passes them; the picture does not need them.
constexpr png_alloc_size_t max_chunk_bytes = 4 * 1024 * 1024;
constexpr png_uint_32 max_cached_chunks = 128;

constexpr std::string_view format_name = "PNG";

/// libpng's reader. It reports errors by longjmp, so every method that calls it holds nothing with a destructor.
class png_rows final : public row_reader {
public:
  explicit png_rows(std::string_view bytes) : rest_{bytes} {}
  ~png_rows() override { png_destroy_read_struct(&png_, &info_, nullptr); }

  png_rows(const png_rows&) = delete;
  png_rows& operator=(const png_rows&) = delete;

  /// Reads the header.
  std::optional<picture_refusal> start(std::uint32_t width, std::uint32_t height) {
    if (!try_start(width, height))
      return failure();
    rows_left_ = height;
    if (has_alpha())
      row_with_alpha_.resize(std::size_t{width} * stored_channels());
    return std::nullopt;
  }

  /// Whether rows come in several passes.
  bool is_interlaced() const { return png_get_interlace_type(png_, info_) != PNG_INTERLACE_NONE; }

  std::uint32_t channels() const override { return stored_channels() - (has_alpha() ? 1 : 0); }

  std::optional<picture_refusal> next(std::uint8_t* row) override {
    if (!try_read(has_alpha() ? row_with_alpha_.data() : row))
      return failure();
    if (has_alpha())
      lay_on(ground_, row_with_alpha_.data(), row_with_alpha_.size() / stored_channels(), stored_channels(), row);
    return std::nullopt;
  }

  bool has_alpha() const { return stored_channels() % 2 == 0; }

  /// Instead of `next`, of a picture with alpha: what suits it, as far as it can be read.
  std::uint8_t find_ground() {
    ground_survey survey{stored_channels()};
    while (rows_left_ > 0 && try_read(row_with_alpha_.data()))
      survey.add(row_with_alpha_.data(), row_with_alpha_.size() / stored_channels());
    return survey.ground();
  }

  /// Before the first row.
  void set_ground(std::uint8_t level) { ground_ = level; }

  /// Instead of `next`: the whole picture, maybe with alpha.
  stored_picture whole() {
    auto picture = make_raster(png_get_image_width(png_, info_), png_get_image_height(png_, info_), stored_channels());
    std::vector<png_bytep> rows(picture.height);
    for (std::size_t y = 0; y < rows.size(); ++y)
      rows[y] = picture.pixels.data() + y * picture.row_bytes();
    if (!try_read_all(rows.data()))
      return failure();
    return picture;
  }

private:
  static png_rows& of(png_structp png) { return *static_cast<png_rows*>(png_get_error_ptr(png)); }
  static png_rows& of_memory(png_structp png) { return *static_cast<png_rows*>(png_get_mem_ptr(png)); }

  void* allocate(std::size_t size) {
    auto* memory = std::malloc(size);
    out_of_memory_ = out_of_memory_ || memory == nullptr;
    return memory;
  }

  picture_refusal failure() const {
    if (out_of_memory_)
      throw std::bad_alloc{};
    return undecodable(format_name, message_);
  }

  std::uint32_t stored_channels() const { return png_get_channels(png_, info_); }

  /// Sets up 8 bits a channel, grey or RGB, with alpha where the file has it.
  bool try_start(std::uint32_t width, std::uint32_t height) {
    if (setjmp(escape_))
      return false;
    png_ = png_create_read_struct_2(
        PNG_LIBPNG_VER_STRING, this, [](png_structp p, png_const_charp what) { of(p).fail(what); },
        [](png_structp, png_const_charp) {}, this,
        [](png_structp p, png_alloc_size_t size) { return of_memory(p).allocate(size); },
        [](png_structp, png_voidp memory) { std::free(memory); });
    if (png_ == nullptr)
      return false;
    info_ = png_create_info_struct(png_);
    if (info_ == nullptr)
      return false;
    png_set_read_fn(png_, this, [](png_structp p, png_bytep to, std::size_t count) { of(p).give(to, count); });
    png_set_user_limits(png_, width, height);
    png_set_chunk_cache_max(png_, max_cached_chunks);
    png_set_chunk_malloc_max(png_, max_chunk_bytes);
    png_read_info(png_, info_);
    if (png_get_image_width(png_, info_) != width || png_get_image_height(png_, info_) != height)
      fail(other_size);
    png_set_expand(png_);
    png_set_scale_16(png_);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return true;
  }

  /// The next row; with the last one also the rest of the file.
  bool try_read(png_bytep row) {
    if (setjmp(escape_))
      return false;
    png_read_row(png_, row, nullptr);
    if (--rows_left_ == 0)
      png_read_end(png_, nullptr);
    return true;
  }

  /// All rows, to one pointer each, and the rest of the file.
  bool try_read_all(png_bytepp rows) {
    if (setjmp(escape_))
      return false;
    png_read_image(png_, rows);
    png_read_end(png_, nullptr);
    return true;
  }

  [[noreturn]] void fail(const char* what) {
    std::snprintf(message_, sizeof message_, "%s", what);
    std::longjmp(escape_, 1);
  }

  void give(png_bytep to, std::size_t count) {
    if (count > rest_.size())
      fail("it is cut short");
    std::memcpy(to, rest_.data(), count);
    rest_.remove_prefix(count);
  }

  std::string_view rest_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::jmp_buf escape_;
  char message_[128] = "";
  bool out_of_memory_ = false;
  std::uint32_t rows_left_ = 0;
  std::vector<std::uint8_t> row_with_alpha_;
  std::uint8_t ground_ = 255;
};

} // namespace

stored_picture open_png(std::string_view bytes, std::uint32_t width, std::uint32_t height) {
  auto rows = std::make_unique<png_rows>(bytes);
  if (auto refusal = rows->start(width, height))
    return *std::move(refusal);
  if (rows->is_interlaced())
    return rows->whole();
  if (!rows->has_alpha())
    return rows;
  // It is read twice rather than held.
  const auto ground = rows->find_ground();
  rows = std::make_unique<png_rows>(bytes);
  if (auto refusal = rows->start(width, height))
    return *std::move(refusal);
  rows->set_ground(ground);
  return rows;
}

} // namespace glyphgate::vision
