#include "http/upload.hpp"

#include "http/text.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace glyphgate::http {

namespace {

constexpr std::array<std::string_view, 3> image_types{"image/jpeg", "image/png", "image/webp"};

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

std::variant<upload, problem> read_body(request& r) {
  const auto content_type = r.header("content-type");
  const auto type = field_value(content_type);
  if (is_encoded(r))
    return unsupported_coding();
  const auto is = [&](std::string_view t) { return equal_ignoring_case(type, t); };
  if (is("application/json"))
    return read_json_upload(std::make_shared<request_body>(std::move(r.body)));
  if (is("multipart/form-data")) {
    const auto boundary = field_parameter(content_type, "boundary");
    if (!boundary || boundary->empty() || boundary->size() > 70)
      return malformed_request("the Content-Type has no boundary of 1 to 70 characters");
    return read_multipart_upload(std::make_shared<request_body>(std::move(r.body)), *boundary);
  }
  if (std::any_of(image_types.begin(), image_types.end(), is))
    return read_single_image(r);
  return unsupported_media_type(
      {"application/json", "multipart/form-data", image_types[0], image_types[1], image_types[2]});
}

void add_delay_of_query(upload& to, std::string_view query) {
  const auto given = query_values(query, max_delay_field);
  if (!given)
    return refuse_field(to, max_delay_field, "it is not percent-encoded properly");
  if (given->empty())
    return;
  if (to.max_delay_seconds)
    refuse_field(to, max_delay_field, "it is given in the query and in the body; give it in one of them");
  for (const auto& seconds : *given)
    set_max_delay(to, seconds);
}

} // namespace

void refuse_field(upload& to, std::string_view field, std::string detail) {
  if (std::none_of(to.errors.begin(), to.errors.end(), [&](const auto& e) { return e.field == field; }))
    to.errors.push_back({{}, std::string{field}, std::move(detail)});
}

void set_max_delay(upload& to, std::string_view seconds) {
  if (to.max_delay_seconds)
    refuse_field(to, max_delay_field, "it is given twice; give it once");
  else
    to.max_delay_seconds.emplace(seconds);
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
  auto result = read_body(r);
  if (auto* got = std::get_if<upload>(&result))
    add_delay_of_query(*got, r.query());
  return result;
}

} // namespace glyphgate::http
