#pragma once

#include <string>
#include <string_view>

/// Text as the formats can hold it. What is no UTF-8, and what a format has no place for, is replaced. Pure.
namespace glyphgate::http {

/// For the text and the attributes of XML 1.0: & < > " ' are references, and so are line breaks and tabs, which an
/// attribute would lose. What XML cannot hold (most control characters, U+FFFE, U+FFFF) becomes U+FFFD.
std::string xml_escaped(std::string_view text);

/// For a field of tab-separated values, which have no escapes: control characters become spaces.
std::string tsv_escaped(std::string_view text);

/// On one line, for a title or a message: each run of white space and control characters becomes one space, none at the
/// ends.
std::string on_one_line(std::string_view text);

} // namespace glyphgate::http
