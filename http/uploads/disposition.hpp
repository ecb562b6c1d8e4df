#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace glyphgate::http {

/// What a part of a form is called, by its Content-Disposition.
struct disposition {
  std::string name;
  /// None when the part is not said to be a file; may be empty.
  std::optional<std::string> file_name;
  /// Why the part cannot be named; empty when it can.
  std::string flaw;
};

/// Reads the value of a part's Content-Disposition. `filename*` (RFC 8187) goes before `filename`; encoded words (RFC
/// 2047), which some clients write, are decoded. Names become UTF-8 where the client names another charset that is
/// known: ISO-8859-1, US-ASCII; else they are as sent. Pure.
disposition read_disposition(std::string_view value);

} // namespace glyphgate::http
