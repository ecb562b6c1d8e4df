#include "http/answers/legacy_refusal.hpp"

#include "http/wire/json_writer.hpp"
#include "http/wire/problem_json.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace glyphgate::http {

namespace {

void write_location(json_writer& json, const input_error& e) {
  json.key("loc").array().value("body");
  if (!e.field.empty())
    json.value(e.field);
  else if (const auto* id = std::get_if<std::string>(&e.image))
    json.value("images").value(*id);
  else if (const auto* position = std::get_if<std::size_t>(&e.image))
    json.value("images").value(*position);
  json.end_array();
}

// A request may be invalid as a whole.
void write_errors(json_writer& json, const problem& p) {
  json.array();
  for (const auto& e : p.errors) {
    json.object();
    write_location(json, e);
    json.member("msg", e.detail).member("type", "value_error").end_object();
  }
  if (p.errors.empty()) {
    json.object();
    write_location(json, {});
    json.member("msg", p.detail).member("type", "value_error").end_object();
  }
  json.end_array();
}

void write_limit(json_writer& json, const problem& p) {
  json.object().member("error", p.detail.empty() ? p.title : std::string_view{p.detail});
  if (p.usage)
    write_windows(json.key("usage"), *p.usage);
  json.end_object();
}

std::string_view text_of(const problem& p) {
  if (p.kind == "job-not-found")
    return "Job not found";
  if (p.status == 404)
    return "Not Found";
  if (p.status == 405)
    return "Method Not Allowed";
  return p.detail.empty() ? p.title : std::string_view{p.detail};
}

} // namespace

response legacy_refusal(const problem& p) {
  json_writer json;
  json.object().key("detail");
  if (p.status == 422)
    write_errors(json, p);
  else if (p.status == 429)
    write_limit(json, p);
  else
    json.value(text_of(p));
  json.end_object();
  auto r = json_response(p.status, json.take());
  add_headers(r, p);
  return r;
}

} // namespace glyphgate::http
