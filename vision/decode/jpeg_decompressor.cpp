#include "vision/decode/jpeg_decompressor.hpp"

#include "vision/decode/stored_picture.hpp"

#include <jerror.h>

namespace glyphgate::vision {

namespace {

// A progressive file may ask for any number of passes over the whole picture; encoders make about ten.
constexpr int max_scans = 64;

} // namespace

jpeg_decompressor::jpeg_decompressor(jpeg_damage damage) : damage_{damage} {
  decompressor_.err = jpeg_std_error(&errors_);
  decompressor_.client_data = this;
  errors_.error_exit = [](j_common_ptr c) { of(c).fail(); };
  errors_.emit_message = [](j_common_ptr c, int level) { of(c).note(level); };
  errors_.output_message = [](j_common_ptr) {};
  progress_.progress_monitor = [](j_common_ptr c) { of(c).look_at_progress(); };
}

jpeg_decompressor::~jpeg_decompressor() {
  jpeg_destroy_decompress(&decompressor_);
}

void jpeg_decompressor::open(std::string_view bytes, std::uint32_t width, std::uint32_t height) {
  jpeg_create_decompress(&decompressor_);
  decompressor_.progress = &progress_;
  jpeg_mem_src(&decompressor_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_read_header(&decompressor_, TRUE);
  if (decompressor_.image_width != width || decompressor_.image_height != height)
    fail(other_size);
}

void jpeg_decompressor::fail(const char* what) {
  std::snprintf(message_, sizeof message_, "%s", what);
  std::longjmp(escape_, 1);
}

void jpeg_decompressor::fail() {
  out_of_memory_ = errors_.msg_code == JERR_OUT_OF_MEMORY;
  errors_.format_message(reinterpret_cast<j_common_ptr>(&decompressor_), message_);
  std::longjmp(escape_, 1);
}

void jpeg_decompressor::note(int level) {
  if (level >= 0)
    return;
  switch (errors_.msg_code) {
  case JWRN_ADOBE_XFORM:
  case JWRN_BOGUS_ICC:
  case JWRN_EXTRANEOUS_DATA:
  case JWRN_JFIF_MAJOR:
  case JWRN_NOT_SEQUENTIAL: return;
  // The others tell of lost picture data, which libjpeg makes up for with grey.
  default: break;
  }
  if (damage_ == jpeg_damage::fails || decompressor_.input_scan_number == 0)
    fail();
  if (!first_loss_)
    first_loss_ = decompressor_.input_iMCU_row;
}

bool jpeg_decompressor::has_too_many_scans() const {
  return decompressor_.input_scan_number > max_scans;
}

void jpeg_decompressor::look_at_progress() {
  if (has_too_many_scans())
    fail(too_many_scans);
  if (scans_begun_ != decompressor_.input_scan_number) {
    scans_begun_ = decompressor_.input_scan_number;
    scan_begins();
  }
}

} // namespace glyphgate::vision
