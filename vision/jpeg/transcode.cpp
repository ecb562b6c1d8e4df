#include "vision/jpeg/transcode.hpp"

#include "vision/jpeg/coefficients.hpp"
#include "vision/picture_header.hpp"

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>

namespace glyphgate::vision {

namespace {

using quantisation_tables = coefficient_reader::quantisation_tables;

struct montage_plan {
  coefficient_layout layout;
  quantisation_tables steps{};
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

/// The steps of one component for all pictures, whose steps are `all`: theirs where they agree, else the smallest of
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
    plan.steps[c] = steps[c].result();
  return plan;
}

/// libjpeg's compressor, coefficients to memory. It believes that it has an array of all coefficients; whenever it
/// looks at a row of MCUs there, the row is made, from the one picture that is being read.
///
/// It reports errors by longjmp, so every method that it may leave in that way holds nothing with a destructor.
class coefficient_encoder {
  static constexpr std::size_t header_capacity = 64 * 1024;

public:
  coefficient_encoder(const std::vector<picture>& pictures, const montage_plan& plan, const std::stop_token& stop)
      : pictures_{pictures},
        plan_{plan},
        stop_{stop} {
    for (const auto& picture : pictures)
      capacity_ += picture.bytes->size();
    for (std::size_t c = 0; c < plan.layout.component_count; ++c)
      set_up(planes_[c], c);
    compressor_.err = jpeg_std_error(&errors_);
    compressor_.client_data = this;
    errors_.error_exit = [](j_common_ptr c) { of(c).fail(); };
    errors_.output_message = [](j_common_ptr) {};
  }

  ~coefficient_encoder() {
    jpeg_destroy_compress(&compressor_);
    std::free(bytes_);
  }

  coefficient_encoder(const coefficient_encoder&) = delete;
  coefficient_encoder& operator=(const coefficient_encoder&) = delete;

  /// Once: makes the file. False where a picture is damaged, or when it was stopped.
  bool encode() {
    if (setjmp(escape_))
      return false;
    encode_all();
    return true;
  }

  /// After that: the file.
  held_bytes finish() {
    const std::shared_ptr<const unsigned char> file{std::exchange(bytes_, nullptr), [](auto* p) { std::free(p); }};
    return {{reinterpret_cast<const char*>(file.get()), capacity_ - destination_.free_in_buffer}, file};
  }

private:
  /// What is ready of one component: a row of MCUs, in blocks.
  struct plane {
    coefficient_encoder* owner = nullptr;
    std::size_t component = 0;
    std::size_t columns = 0;
    std::unique_ptr<JBLOCK[]> room;
    std::unique_ptr<JBLOCK[]> plain;
    std::array<JBLOCKROW, MAX_SAMP_FACTOR> rows{};
  };

  template <class Common>
  static coefficient_encoder& of(Common* c) {
    return *static_cast<coefficient_encoder*>(c->client_data);
  }

  [[noreturn]] void fail() { std::longjmp(escape_, 1); }

  void set_up(plane& made, std::size_t c) {
    const auto& component = plan_.layout.components[c];
    const auto mcu_width = plan_.layout.mcu_width();
    made.owner = this;
    made.component = c;
    made.columns = (plan_.size.width + mcu_width - 1) / mcu_width * component.across;
    made.room = std::make_unique<JBLOCK[]>(made.columns * component.down);
    made.plain = std::make_unique<JBLOCK[]>(made.columns);
    if (c > 0)
      return;
    // A block's DC is eight times its mean, from the middle of the range.
    const int dc = (plain_level - CENTERJSAMPLE) * DCTSIZE, step = plan_.steps[c][0];
    for (std::size_t i = 0; i < made.columns; ++i)
      made.plain[i][0] = static_cast<JCOEF>((dc + step / 2) / step);
  }

  void encode_all() {
    jpeg_create_compress(&compressor_);
    compressor_.mem->access_virt_barray = [](j_common_ptr, jvirt_barray_ptr array, JDIMENSION first, JDIMENSION rows,
                                             boolean) {
      auto& wanted = *reinterpret_cast<plane*>(array);
      return wanted.owner->mcu_row(wanted, first / rows, rows);
    };
    destination_.init_destination = [](j_compress_ptr) {};
    destination_.empty_output_buffer = [](j_compress_ptr c) { return of(c).grow(2 * of(c).capacity_), TRUE; };
    destination_.term_destination = [](j_compress_ptr) {};
    compressor_.dest = &destination_;
    // Recoded files are about as large as they were, and memory that is not written to costs nothing.
    const auto guess = std::exchange(capacity_, 0) + header_capacity;
    grow(guess);

    const auto& layout = plan_.layout;
    compressor_.image_width = static_cast<JDIMENSION>(plan_.size.width);
    compressor_.image_height = static_cast<JDIMENSION>(plan_.size.height);
    compressor_.input_components = static_cast<int>(layout.component_count);
    compressor_.in_color_space = layout.component_count == 1 ? JCS_GRAYSCALE : JCS_YCbCr;
    jpeg_set_defaults(&compressor_);
    std::array<jvirt_barray_ptr, coefficient_layout::max_components> arrays{};
    for (std::size_t c = 0; c < layout.component_count; ++c) {
      auto& component = compressor_.comp_info[c];
      component.h_samp_factor = static_cast<int>(layout.components[c].across);
      component.v_samp_factor = static_cast<int>(layout.components[c].down);
      component.quant_tbl_no = static_cast<int>(c);
      if (compressor_.quant_tbl_ptrs[c] == nullptr)
        compressor_.quant_tbl_ptrs[c] = jpeg_alloc_quant_table(reinterpret_cast<j_common_ptr>(&compressor_));
      std::copy(plan_.steps[c].begin(), plan_.steps[c].end(), compressor_.quant_tbl_ptrs[c]->quantval);
      arrays[c] = reinterpret_cast<jvirt_barray_ptr>(&planes_[c]);
    }
    jpeg_write_coefficients(&compressor_, arrays.data());
    jpeg_finish_compress(&compressor_);
  }

  /// Called when the buffer is full: all of it is used, whatever `destination_` tells.
  void grow(std::size_t wanted) {
    const auto used = capacity_;
    auto* bytes = static_cast<unsigned char*>(std::realloc(bytes_, wanted));
    if (bytes == nullptr)
      fail();
    bytes_ = bytes;
    capacity_ = wanted;
    destination_.next_output_byte = bytes_ + used;
    destination_.free_in_buffer = capacity_ - used;
  }

  /// The montage's MCU row of that number; libjpeg asks for all components of one, then for the next.
  JBLOCKARRAY mcu_row(plane& wanted, std::uint32_t number, std::uint32_t rows) {
    const auto mcu_height = plan_.layout.mcu_height();
    if (next_ < pictures_.size() && number * mcu_height == plan_.placements[next_].top)
      read_next();
    const auto first = (number - plan_.placements[next_ - 1].top / mcu_height) * rows;
    for (std::uint32_t i = 0; i < rows; ++i)
      wanted.rows[i] = block_row(wanted, first + i, i);
    return wanted.rows.data();
  }

  JBLOCKROW block_row(plane& wanted, std::uint32_t row, std::uint32_t place) {
    if (row >= reader_->block_rows(wanted.component))
      return wanted.plain.get();
    auto* const made = reader_->row(wanted.component, row, wanted.room.get() + place * wanted.columns);
    if (made == nullptr)
      fail();
    return made;
  }

  void read_next() {
    const auto& next = pictures_[next_++];
    bytes_read_ = next.bytes->hold();
    reader_.emplace();
    if (stop_.stop_requested() || !reader_->start(bytes_read_.view, next.info) || !reader_->read(plan_.steps))
      fail();
  }

  const std::vector<picture>& pictures_;
  const montage_plan& plan_;
  const std::stop_token& stop_;
  std::array<plane, coefficient_layout::max_components> planes_;
  std::size_t next_ = 0;
  held_bytes bytes_read_;
  std::optional<coefficient_reader> reader_;
  jpeg_compress_struct compressor_{};
  jpeg_error_mgr errors_{};
  // Of its own: jpeg_mem_dest loses its buffer when the picture is given up.
  jpeg_destination_mgr destination_{};
  unsigned char* bytes_ = nullptr;
  std::size_t capacity_ = 0;
  std::jmp_buf escape_;
};

} // namespace

std::optional<montage> transcode(const std::vector<picture>& pictures, const std::stop_token& stop) {
  const auto plan = plan_of(pictures);
  if (!plan)
    return std::nullopt;
  coefficient_encoder encoder{pictures, *plan, stop};
  if (!encoder.encode())
    return std::nullopt;
  montage result;
  result.way = montage_way::transcoded;
  result.width = static_cast<std::uint32_t>(plan->size.width);
  result.height = static_cast<std::uint32_t>(plan->size.height);
  result.placements = plan->placements;
  result.parts.push_back(encoder.finish());
  return result;
}

} // namespace glyphgate::vision
