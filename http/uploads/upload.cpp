#include "http/uploads/upload.hpp"

#include "core/utf8.hpp"
#include "http/wire/text.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace glyphgate::http {

namespace {

constexpr std::string_view json_type = "application/json";
constexpr std::string_view form_type = "multipart/form-data";
constexpr std::string_view bytes = "application/octet-stream";
constexpr std::string_view any_picture = "image/";
constexpr std::string_view pdf_type = "application/pdf";

// What a body of no type is, by how it begins.
std::string_view type_by_content(std::string_view body) {
  const auto begin = std::min(body.find_first_not_of(" \t\r\n"), body.size());
  return body.substr(begin, 1) == "{" ? json_type : body.starts_with("--") ? form_type : bytes;
}

std::vector<std::string_view> supported_types() {
  std::vector<std::string_view> types{json_type, form_type, bytes};
  types.insert(types.end(), picture_types.begin(), picture_types.end());
  return types;
}

std::variant<upload, problem> read_single_image(request& r) {
  const auto ids = query_values(r.query(), "id");
  const auto hints = query_values(r.query(), "language_hints");
  if (!ids || !hints)
    return malformed_request("the query is not percent-encoded properly");
  upload result;
  const auto body = std::make_shared<const request_body>(std::move(r.body));
  result.pictures.push_back({ids->empty() ? "image" : ids->back(), {body->view(), body}, {}, {}});
  for (const auto& list : *hints)
    add_language_hints(result, list);
  return result;
}

// `is_raw` tells whether it is the bytes of one image.
std::variant<upload, problem> read_body(request& r, bool& is_raw) {
  const auto content_type = r.header("content-type");
  if (is_encoded(r))
    return unsupported_coding();
  const auto given = field_value(content_type);
  const auto type = given.empty() ? type_by_content(r.body.view()) : given;
  const auto is = [&](std::string_view t) { return equal_ignoring_case(type, t); };
  if (is(json_type))
    return read_json_upload(std::make_shared<request_body>(std::move(r.body)));
  if (is(form_type)) {
    const auto boundary = field_parameter(content_type, "boundary");
    if (!boundary || boundary->empty() || boundary->size() > 70)
      return malformed_request(given.empty()
                                   ? "the body looks like multipart/form-data, and no Content-Type names its boundary"
                                   : "the Content-Type has no boundary of 1 to 70 characters");
    return read_multipart_upload(std::make_shared<request_body>(std::move(r.body)), *boundary);
  }
  // The content decides what it is.
  if (is(bytes) || is(pdf_type) || equal_ignoring_case(type.substr(0, any_picture.size()), any_picture)) {
    is_raw = true;
    return read_single_image(r);
  }
  return unsupported_media_type(supported_types());
}

void add_wish_of_query(upload& to, const wish& w, std::string_view query) {
  const auto given = query_values(query, w.field);
  if (!given)
    return refuse_field(to, w.field, "it is not percent-encoded properly");
  if (given->empty())
    return;
  if (w.in(to))
    refuse_field(to, w.field, "it is given in the query and in the body; give it in one of them");
  for (const auto& value : *given)
    set_wish(to, w, value);
}

bool means_something(std::string_view name, bool is_raw) {
  return name == "dry_run" || find_wish(name) != nullptr || (is_raw && (name == "id" || name == "language_hints"));
}

} // namespace

void refuse_field(upload& to, std::string_view field, std::string detail) {
  if (std::none_of(to.errors.begin(), to.errors.end(), [&](const auto& e) { return e.field == field; }))
    to.errors.push_back({{}, std::string{field}, std::move(detail)});
}

void note_unknown(std::vector<std::string>& unknown, std::string_view field) {
  constexpr std::size_t longest_shown = 64;
  auto shown = is_utf8(field) && !has_control_character(field) ? std::string{field} : "a name that is no text";
  if (shown.size() > longest_shown)
    shown = "a name of " + std::to_string(field.size()) + " bytes";
  if (unknown.size() < max_unknown_fields && std::ranges::count(unknown, shown) == 0)
    unknown.push_back(std::move(shown));
}

std::vector<std::string> warnings_of(const upload& from) {
  std::vector<std::string> warnings;
  for (const auto& field : from.unknown)
    warnings.push_back("\"" + field + "\" is not known and was ignored; known are images, language_hints, " +
                       "max_delay_seconds, on_error, near_duplicates, keep_images, pages, dpi and pdf_text");
  for (const auto& name : from.unknown_in_query)
    warnings.push_back(
        "\"" + name + "\" in the query means nothing there and was ignored; known are dry_run, " +
        "max_delay_seconds, on_error, near_duplicates, keep_images, pages, dpi, pdf_text, and with the bytes of one " +
        "image id and language_hints");
  return warnings;
}

const wish* find_wish(std::string_view field) {
  const auto* found = std::find_if(wishes.begin(), wishes.end(), [&](const wish& w) { return w.field == field; });
  return found == wishes.end() ? nullptr : found;
}

void set_wish(upload& to, const wish& w, std::string_view value) {
  if (w.in(to))
    refuse_field(to, w.field, "it is given twice; give it once");
  else
    w.in(to).emplace(value);
}

void add_language_hints(upload& to, std::string_view list) {
  for (;;) {
    const auto comma = list.find(',');
    if (const auto hint = trim(list.substr(0, comma)); !hint.empty()) {
      if (to.language_hints.size() == max_language_hints) {
        refuse_field(to, "language_hints", "there are more than " + std::to_string(max_language_hints));
        return;
      }
      to.language_hints.emplace_back(hint);
    }
    if (comma == std::string_view::npos)
      return;
    list.remove_prefix(comma + 1);
  }
}

bool is_encoded(const request& r) {
  const auto coding = r.header("content-encoding");
  return !coding.empty() && !equal_ignoring_case(coding, "identity");
}

std::variant<upload, problem> read_upload(request& r) {
  bool is_raw = false;
  auto result = read_body(r, is_raw);
  if (auto* got = std::get_if<upload>(&result)) {
    for (const auto& w : wishes)
      add_wish_of_query(*got, w, r.query());
    for (const auto& name : query_names(r.query()))
      if (!means_something(name, is_raw))
        note_unknown(got->unknown_in_query, name);
  }
  return result;
}

} // namespace glyphgate::http
