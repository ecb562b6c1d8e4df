#pragma once

#include "vision/header/exif.hpp"
#include "vision/header/xmp.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace glyphgate::vision::header {

/// Which way a picture is up, from the metadata of its file: the first EXIF block that tells it; else the first XMP
/// packet. The packet's bytes must outlive it.
class told_orientation {
public:
  void add_exif(std::string_view block) {
    if (!exif_)
      exif_ = exif_orientation(block);
  }

  void add_xmp(std::string_view packet) {
    if (xmp_.empty())
      xmp_ = packet;
  }

  bool has_exif() const { return exif_.has_value(); }

  /// 1–8; 1 when nothing tells it.
  std::uint8_t value() const { return exif_ ? *exif_ : xmp_orientation(xmp_).value_or(1); }

private:
  std::optional<std::uint8_t> exif_;
  std::string_view xmp_;
};

/// What stands before the block in JPEG's APP1 segments, and at times in other formats too.
constexpr std::string_view exif_prefix{"Exif\0\0", 6};
constexpr std::string_view xmp_prefix{"http://ns.adobe.com/xap/1.0/\0", 29};

} // namespace glyphgate::vision::header
