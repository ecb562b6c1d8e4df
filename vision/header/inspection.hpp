#pragma once

#include "vision/header/decoding_need.hpp"
#include "vision/picture_header.hpp"
#include "vision/picture_refusal.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

/// What the readers of the formats' headers share.
namespace glyphgate::vision::header {

using inspection = std::variant<picture_header, picture_refusal>;

/// How many segments, chunks, boxes or directories of a header are passed: far more than any writer makes, and little
/// enough to be passed within a millisecond.
constexpr int max_header_parts = 65536;

/// A refusal as invalid_picture.
picture_refusal invalid(std::string detail);

/// A refusal as unsupported_format.
picture_refusal unsupported(std::string detail);

/// The refusal of a page, from 0, that a file of so many does not have.
picture_refusal no_such_page(std::uint32_t page, std::uint32_t pages);

/// E.g. "640 x 480 px".
std::string size_text(std::uint64_t width, std::uint64_t height);

/// The header of a file's only picture: its upright size, and what decoding it needs.
picture_header header_of(const picture_shape& shape);

} // namespace glyphgate::vision::header
