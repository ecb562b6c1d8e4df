#pragma once

#include "core/job.hpp"
#include "core/recognition.hpp"
#include "core/recognition_codec.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace glyphgate::store {

/// The binary forms of values that the database keeps as blobs, which begin with a byte that tells their version; that
/// of a recognition is `core/recognition_codec.hpp`'s. Decoding throws damaged_value.
using glyphgate::encode;
std::string encode(const std::vector<std::string>& value);
std::vector<std::string> decode_strings(std::string_view bytes);

recognition decode_recognition(std::string_view bytes);

/// Older programs kept the pictures of a call so: how many, and their positions.
picture_indices decode_picture_indices(std::string_view bytes);

} // namespace glyphgate::store
