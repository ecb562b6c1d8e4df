#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// In which form a job's text is sent. Pure.
namespace glyphgate::http {

enum class document_format : std::uint8_t { json, text, tsv, hocr, alto, page_xml, srt, json_lines, pdf };

struct format_description {
  document_format format;
  /// For `?format=`.
  std::string_view name;
  /// The Content-Type.
  std::string_view content_type;
  /// What a client may ask for in Accept; the first is that of `content_type`.
  std::vector<std::string_view> media_types;
};

/// Every format; JSON, which is the default, is the first.
const std::vector<format_description>& all_formats();

const format_description& description_of(document_format format);

/// The one of that name.
std::optional<document_format> format_of(std::string_view name);

/// The one that a client with this Accept (RFC 9110, 12.5.1) likes best; among those that it likes equally the first.
/// An empty field accepts all. None where it accepts none.
std::optional<document_format> accepted_format(std::string_view accept);

/// "json, txt, …"
std::string format_names();

} // namespace glyphgate::http
