#pragma once

#include "core/job.hpp"
#include "core/recognition.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace glyphgate::store {

/// The binary forms of values that the database keeps as blobs. Each starts with a byte that tells its version; whole
/// numbers are written seven bits a byte, least significant first. Decoding throws store_error on damaged bytes.
std::string encode(const recognition& value);
std::string encode(const std::vector<std::string>& value);

recognition decode_recognition(std::string_view bytes);
std::vector<std::string> decode_strings(std::string_view bytes);

/// Older programs kept the pictures of a call so: how many, and their positions.
picture_indices decode_picture_indices(std::string_view bytes);

} // namespace glyphgate::store
