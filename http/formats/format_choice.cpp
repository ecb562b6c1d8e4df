#include "http/formats/format_choice.hpp"

#include "http/wire/response.hpp"
#include "http/wire/text.hpp"
#include "http/wire/weight.hpp"

#include <algorithm>

namespace glyphgate::http {

namespace {

// A media range of Accept, with its weight in thousandths.
struct accepted_range {
  std::string_view range;
  int weight;
};

// The parameters of the media type come before `q`.
std::optional<int> weight_of_range(std::string_view member) {
  auto rest = member;
  while (rest.find(';') != std::string_view::npos) {
    rest.remove_prefix(rest.find(';'));
    if (const auto name = trim(rest.substr(1)); name.starts_with("q=") || name.starts_with("Q="))
      return weight_of(rest);
    rest.remove_prefix(1);
  }
  return 1000;
}

std::vector<accepted_range> ranges_in(std::string_view accept) {
  std::vector<accepted_range> ranges;
  for (const auto member : split_list(accept))
    if (const auto weight = weight_of_range(member))
      ranges.push_back({field_value(member), *weight});
  return ranges;
}

// How closely the range names the type: 3 for the type itself, 1 for `*/*`, 0 where it does not.
int closeness(std::string_view range, std::string_view type) {
  if (equal_ignoring_case(range, type))
    return 3;
  if (range.ends_with("/*") &&
      equal_ignoring_case(range.substr(0, range.size() - 1), type.substr(0, type.find('/') + 1)))
    return 2;
  return range == "*/*" ? 1 : 0;
}

// The weight of the range that names the type most closely.
int weight_for(const std::vector<accepted_range>& ranges, std::string_view type) {
  int closest = 0;
  int weight = 0;
  for (const auto& r : ranges)
    if (const auto close = closeness(r.range, type); close > closest) {
      closest = close;
      weight = r.weight;
    }
  return weight;
}

} // namespace

const std::vector<format_description>& all_formats() {
  static const std::vector<format_description> formats{
      {document_format::json, "json", json_type, {"application/json"}},
      {document_format::text, "txt", "text/plain; charset=utf-8", {"text/plain"}},
      {document_format::tsv, "tsv", "text/tab-separated-values; charset=utf-8", {"text/tab-separated-values"}},
      {document_format::hocr, "hocr", "text/vnd.hocr+html; charset=utf-8", {"text/vnd.hocr+html"}},
      {document_format::alto, "alto", "application/alto+xml", {"application/alto+xml", "application/xml+alto"}},
      {document_format::page_xml, "page", "application/vnd.prima.page+xml", {"application/vnd.prima.page+xml"}},
      {document_format::srt, "srt", "application/x-subrip; charset=utf-8", {"application/x-subrip", "text/srt"}},
      {document_format::json_lines, "jsonl", "application/jsonl", {"application/jsonl", "application/x-ndjson"}},
      {document_format::pdf, "pdf", "application/pdf", {"application/pdf"}},
  };
  return formats;
}

const format_description& description_of(document_format format) {
  return all_formats()[static_cast<std::size_t>(format)];
}

std::optional<document_format> format_of(std::string_view name) {
  const auto found = std::ranges::find(all_formats(), name, &format_description::name);
  return found == all_formats().end() ? std::nullopt : std::optional{found->format};
}

std::optional<document_format> accepted_format(std::string_view accept) {
  if (accept.empty())
    return document_format::json;
  const auto ranges = ranges_in(accept);
  std::optional<document_format> best;
  int most = 0;
  for (const auto& f : all_formats())
    for (const auto type : f.media_types)
      if (const auto weight = weight_for(ranges, type); weight > most) {
        most = weight;
        best = f.format;
      }
  return best;
}

std::string format_names() {
  std::string names;
  for (const auto& f : all_formats())
    names.append(names.empty() ? "" : ", ").append(f.name);
  return names;
}

} // namespace glyphgate::http
