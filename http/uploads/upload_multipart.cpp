#include "http/uploads/disposition.hpp"
#include "http/uploads/upload.hpp"
#include "http/wire/text.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace glyphgate::http {

namespace {

constexpr std::size_t max_part_header = 8 * 1024;

struct part_header {
  disposition named{{}, {}, "it has no Content-Disposition"};
  std::string_view content_type;
};

// The fields of a part that matter; none when the header is malformed.
std::optional<part_header> parse_part_header(std::string_view text) {
  part_header result;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find("\r\n"));
    text.remove_prefix(std::min(line.size() + 2, text.size()));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
      return std::nullopt;
    const auto name = line.substr(0, colon);
    const auto value = trim(line.substr(colon + 1));
    if (equal_ignoring_case(name, "content-disposition"))
      result.named = read_disposition(value);
    else if (equal_ignoring_case(name, "content-type"))
      result.content_type = field_value(value);
  }
  return result;
}

// A part without a file name is a file all the same when its type says so; else it is a field of the form.
bool is_file(const part_header& header) {
  constexpr std::string_view picture = "image/";
  return header.named.file_name || equal_ignoring_case(header.content_type.substr(0, picture.size()), picture) ||
         equal_ignoring_case(header.content_type, "application/pdf") ||
         equal_ignoring_case(header.content_type, "application/octet-stream");
}

void add_part(upload& to, std::size_t number, const part_header& header, std::string_view content,
              const request_body_ptr& body) {
  const auto& [name, file_name, flaw] = header.named;
  if (!flaw.empty())
    return refuse_field(to, "Content-Disposition", "part " + std::to_string(number) + " cannot be named: " + flaw);
  if (is_file(header)) {
    const bool named = file_name && !file_name->empty();
    to.pictures.push_back({named ? *file_name : name, {content, body}, {}, {}, {}});
  } else if (name == "language_hints") {
    add_language_hints(to, content);
  } else if (const auto* w = find_wish(name)) {
    set_wish(to, *w, content);
  } else if (name == "dry_run") {
    refuse_field(to, "dry_run", misplaced_dry_run);
  } else {
    note_unknown(to.unknown, name);
  }
}

} // namespace

std::variant<upload, problem> read_multipart_upload(const request_body_ptr& body, std::string_view boundary) {
  const std::string delimiter = "\r\n--" + std::string{boundary};
  auto rest = body->view();
  const auto refuse_here = [&](const char* what) {
    return malformed_request(what + std::string{", at byte "} + std::to_string(body->size() - rest.size()));
  };
  // The first delimiter needs no line end before it; a preamble is skipped.
  if (rest.starts_with(std::string_view{delimiter}.substr(2))) {
    rest.remove_prefix(delimiter.size() - 2);
  } else {
    const auto first = rest.find(delimiter);
    if (first == std::string_view::npos)
      return malformed_request("the body holds no part: its boundary is not found");
    rest.remove_prefix(first + delimiter.size());
  }
  upload result;
  for (std::size_t number = 1;; ++number) {
    if (rest.starts_with("--"))
      return result;
    const auto line = rest.substr(0, rest.find("\r\n"));
    if (line.size() == rest.size() || !trim(line).empty())
      return refuse_here("a boundary is not followed by a line end");
    rest.remove_prefix(line.size() + 2);
    const auto header_end = rest.substr(0, max_part_header).find("\r\n\r\n");
    const auto header =
        header_end == std::string_view::npos ? std::nullopt : parse_part_header(rest.substr(0, header_end));
    if (!header)
      return refuse_here("a part's header is malformed, too long or cut short");
    rest.remove_prefix(header_end + 4);
    const auto size = rest.find(delimiter);
    if (size == std::string_view::npos)
      return refuse_here("the body is cut short: no boundary ends the part that begins");
    if (result.pictures.size() == max_images_per_job) {
      result.errors.push_back({{}, "", "there are more than " + std::to_string(max_images_per_job) + " images"});
      return result;
    }
    add_part(result, number, *header, rest.substr(0, size), body);
    rest.remove_prefix(size + delimiter.size());
  }
}

} // namespace glyphgate::http
