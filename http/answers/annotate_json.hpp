#pragma once

#include "core/recognition.hpp"
#include "http/wire/rpc_status.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// The answers of Google Cloud Vision's methods, in proto3's JSON: names in camel case, and nothing of what has its
/// default value, such as a coordinate that is 0. Pure; usable from any thread.
namespace glyphgate::http {

/// How enums are written.
enum class enum_form : std::uint8_t { name, number };

/// What is answered for one image, or one page of a file: an AnnotateImageResponse.
struct annotated_picture {
  /// Null where nothing was read.
  std::shared_ptr<const recognition> read{};
  /// Of the upright picture, pixels, where the reading does not tell.
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  /// Of a PDF's page, its size in points, which is answered, and corners as parts of the page, from 0 to 1; 0 for
  /// others.
  std::uint32_t width_in_points = 0;
  std::uint32_t height_in_points = 0;
  bool confidences = false;
  /// What is not there, and why. What was read holds all the same.
  std::optional<rpc_error> error{};
  /// Which page of its file it is, from 1; 0 for an image.
  std::uint32_t page = 0;
};

/// What is answered for one file: an AnnotateFileResponse.
struct annotated_file {
  std::vector<annotated_picture> pages{};
  /// 0 where it is not known.
  std::uint32_t total_pages = 0;
  std::string mime_type{};
  std::optional<rpc_error> error{};
};

/// A BatchAnnotateImagesResponse.
std::string annotate_images_json(const std::vector<annotated_picture>& images, enum_form enums);

/// A BatchAnnotateFilesResponse.
std::string annotate_files_json(const std::vector<annotated_file>& files, enum_form enums);

} // namespace glyphgate::http
