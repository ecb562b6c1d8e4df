#pragma once

#include "core/digest.hpp"
#include "core/ids.hpp"
#include "core/picture_bytes.hpp"
#include "core/trace_context.hpp"
#include "http/wire/problem.hpp"
#include "http/wire/request.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Takes apart what a client posts to /ocr/jobs. Pure; usable from any thread.
namespace glyphgate::http {

/// What a client says of the pages of a file; of one, or of all files of a job. As it was given; empty where that was
/// of another type than it must be.
struct page_wishes {
  std::optional<std::string> pages{};
  std::optional<std::string> dpi{};
  std::optional<std::string> pdf_text{};
};

/// A picture as it was uploaded, not yet looked at.
struct uploaded_picture {
  /// None when the client gave none that could be read.
  std::optional<std::string> id;
  /// Where they lie in the body, which they keep; copied nowhere.
  held_bytes bytes;
  /// Why there are no bytes; empty when there are.
  std::string error;
  /// Their SHA-256, where they were digested when they were taken apart. Of what has an error, a digest of what was
  /// sent instead of bytes.
  std::optional<digest> content;
  /// Of this file; what it does not say, the upload's do.
  page_wishes of_pages{};
};

/// What was uploaded, in whatever form.
struct upload {
  /// Whose the job is to be.
  owner_name owner;
  /// What the client calls the request, where it does.
  std::optional<std::string> idempotency_key;
  /// As in `job_spec`.
  trace_context trace{};
  std::vector<uploaded_picture> pictures;
  std::vector<std::string> language_hints;
  /// As they were given; empty where that was of another type than it must be.
  std::optional<std::string> max_delay_seconds;
  std::optional<std::string> on_error;
  std::optional<std::string> near_duplicates;
  std::optional<std::string> keep_images;
  page_wishes of_pages{};
  /// What is wrong with the form as such.
  std::vector<input_error> errors;
  /// Fields of the form, or members of JSON, that mean nothing and were ignored: each once, the first
  /// `max_unknown_fields` of them. A member of an image is "images[].NAME".
  std::vector<std::string> unknown;
  /// The same of the query's parameters.
  std::vector<std::string> unknown_in_query;
};

constexpr std::size_t max_unknown_fields = 10;

/// No job may hold more pictures; what is above is not even taken apart.
constexpr std::size_t max_images_per_job = 10'000;

/// No job may have more language hints.
constexpr std::size_t max_language_hints = 32;

/// Something that a job may be told once: in the query with any body, in a field of a form, or in a member of JSON.
struct wish {
  std::string_view field;
  /// What it is in JSON.
  enum class kind : std::uint8_t { string, number, boolean } in_json;
  /// Where an upload has it; or where what it says of pages is: one of the two.
  std::optional<std::string> upload::*of_job = nullptr;
  std::optional<std::string> page_wishes::*of_pages = nullptr;

  std::optional<std::string>& in(upload& u) const { return of_job != nullptr ? u.*of_job : u.of_pages.*of_pages; }
};

/// How long a job may wait.
inline constexpr wish max_delay_wish{"max_delay_seconds", wish::kind::number, &upload::max_delay_seconds};

/// Whether a picture that is at fault refuses the job, or is skipped.
inline constexpr wish on_error_wish{"on_error", wish::kind::string, &upload::on_error};

/// Whether images that show what an earlier one shows are read once.
inline constexpr wish near_duplicates_wish{"near_duplicates", wish::kind::boolean, &upload::near_duplicates};

/// Whether the images are kept for as long as the job is.
inline constexpr wish keep_images_wish{"keep_images", wish::kind::boolean, &upload::keep_images};

/// Which pages of files are read, with how many dots an inch they are drawn, and whether a PDF's own text is taken. An
/// image of a JSON body may say it for itself.
inline constexpr wish pages_wish{"pages", wish::kind::string, nullptr, &page_wishes::pages};
inline constexpr wish dpi_wish{"dpi", wish::kind::number, nullptr, &page_wishes::dpi};
inline constexpr wish pdf_text_wish{"pdf_text", wish::kind::string, nullptr, &page_wishes::pdf_text};

inline constexpr std::array wishes{max_delay_wish, on_error_wish, near_duplicates_wish, keep_images_wish,
                                   pages_wish,     dpi_wish,      pdf_text_wish};

/// The wish of that field, or null.
const wish* find_wish(std::string_view field);

/// The media types of the formats that are accepted, for the client to read.
inline constexpr std::array<std::string_view, 11> picture_types{
    "image/jpeg", "image/png",  "image/webp", "image/gif",  "image/bmp",      "image/tiff",
    "image/jp2",  "image/heic", "image/heif", "image/avif", "application/pdf"};

/// Said to a client that gives `dry_run` in the body, where it would be ignored and the job paid.
inline constexpr const char* misplaced_dry_run = "it belongs in the query: POST /ocr/jobs?dry_run=true";

/// Adds an error, once for each field, however often it is wrong.
void refuse_field(upload& to, std::string_view field, std::string detail);

/// Notes a field that means nothing in `unknown` or `unknown_in_query`. Its name is made fit to be shown.
void note_unknown(std::vector<std::string>& unknown, std::string_view field);

/// What a client should know of an upload that is good otherwise: a sentence for each.
std::vector<std::string> warnings_of(const upload& from);

/// Takes what a wish was given, or adds an error when it was given already.
void set_wish(upload& to, const wish& w, std::string_view value);

/// Adds the hints of a comma separated list, or an error when there are too many.
void add_language_hints(upload& to, std::string_view list);

/// Whether the body has a content coding, of which none is supported.
bool is_encoded(const request& r);

/// The upload, with what the query adds to it, or 400 when the body is not what its type says, or 415 for another type.
/// A body without a type is JSON where it begins with a brace, and a picture otherwise. Takes the body out of the
/// request: it is freed with the last picture that lies in it.
std::variant<upload, problem> read_upload(request& r);

/// `{"images":[{"id":…,"data":<base64>}],"language_hints":[…],"max_delay_seconds":…,"on_error":…,
/// "near_duplicates":…,"keep_images":…,"pages":…,"dpi":…,"pdf_text":…}`, the last three also in an image. The text is
/// parsed and decoded in place, and spoilt.
std::variant<upload, problem> read_json_upload(const request_body_ptr& body);

/// multipart/form-data, with the boundary that its type tells.
std::variant<upload, problem> read_multipart_upload(const request_body_ptr& body, std::string_view boundary);

/// Width and height of POST /capacity.
struct capacity_query {
  std::uint64_t width = 0;
  std::uint64_t height = 0;
};

using capacity_or_problem = std::variant<capacity_query, problem>;

/// How an integer may be written in JSON.
enum class number_form : std::uint8_t { number, may_be_string };

/// 400 for what is no JSON, 422 for what is not two positive integers. The text is parsed in place and spoilt.
capacity_or_problem read_capacity_query(request_body& body, number_form form = number_form::number);

} // namespace glyphgate::http
