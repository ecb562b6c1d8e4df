#include "http/wire/problem_json.hpp"

#include <string_view>
#include <variant>

namespace glyphgate::http {

namespace {

void write_window(json_writer& json, std::string_view name, const window_usage& w) {
  json.key(name).object().member("current", w.current).member("limit", w.limit).end_object();
}

void write_error(json_writer& json, const input_error& e) {
  json.object();
  if (!e.field.empty())
    json.member("field", e.field);
  else if (const auto* id = std::get_if<std::string>(&e.image))
    json.member("image", *id);
  else if (const auto* index = std::get_if<std::size_t>(&e.image))
    json.member("image", *index);
  json.member("detail", e.detail).end_object();
}

} // namespace

void write_windows(json_writer& json, const limiter_usage& usage) {
  json.object();
  write_window(json, "minute", usage.minute);
  write_window(json, "hour", usage.hour);
  write_window(json, "day", usage.day);
  json.end_object();
}

void write_problem(json_writer& json, const problem& p) {
  json.object().member("type", "urn:glyphgate:problem:" + p.kind).member("title", p.title).member("status", p.status);
  if (!p.detail.empty())
    json.member("detail", p.detail);
  if (p.status == 429)
    json.member("error", p.detail.empty() ? p.title : std::string_view{p.detail});
  if (p.usage)
    write_windows(json.key("usage"), *p.usage);
  if (p.limit)
    json.key("limit").object().member("name", p.limit->name).member("value", p.limit->value).end_object();
  if (!p.supported.empty()) {
    json.key("supported").array();
    for (const auto type : p.supported)
      json.value(type);
    json.end_array();
  }
  if (!p.errors.empty()) {
    json.key("errors").array();
    for (const auto& e : p.errors)
      write_error(json, e);
    json.end_array();
    if (p.further_errors != 0)
      json.member("further_errors", p.further_errors);
  }
  json.end_object();
}

std::string problem_json(const problem& p) {
  json_writer json;
  write_problem(json, p);
  return json.take();
}

} // namespace glyphgate::http
