#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace glyphgate::vision::header {

/// The orientation, 1–8, that the property tiff:Orientation of an XMP packet tells, as an attribute or as an element.
/// Nothing when the first quarter MiB of the packet tells none. A search for the name, without reading the XML.
std::optional<std::uint8_t> xmp_orientation(std::string_view packet);

} // namespace glyphgate::vision::header
