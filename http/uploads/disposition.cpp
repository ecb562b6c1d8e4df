#include "http/uploads/disposition.hpp"

#include "core/base64.hpp"
#include "http/wire/text.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace glyphgate::http {

namespace {

constexpr std::string_view unreadable_word =
    "its name is an encoded word that cannot be decoded; send it in UTF-8, as it is";
constexpr std::string_view unreadable_extended =
    "its filename* cannot be decoded; it must be UTF-8'' or ISO-8859-1'' and a percent-encoded name";

// None for a charset that is not known.
std::optional<std::string> to_utf8(std::string bytes, std::string_view charset) {
  if (equal_ignoring_case(charset, "utf-8") || equal_ignoring_case(charset, "us-ascii"))
    return bytes;
  if (!equal_ignoring_case(charset, "iso-8859-1"))
    return std::nullopt;
  std::string text;
  for (const char c : bytes) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x80) {
      text.push_back(c);
    } else {
      text.push_back(static_cast<char>(0xc0U | code >> 6U));
      text.push_back(static_cast<char>(0x80U | (code & 0x3fU)));
    }
  }
  return text;
}

// `UTF-8'en'a%20b` (RFC 8187, 3.2).
std::optional<std::string> decode_extended(std::string_view value) {
  const auto charset_end = value.find('\'');
  const auto language_end = charset_end == std::string_view::npos ? charset_end : value.find('\'', charset_end + 1);
  if (language_end == std::string_view::npos)
    return std::nullopt;
  auto bytes = percent_decode(value.substr(language_end + 1));
  return bytes ? to_utf8(std::move(*bytes), value.substr(0, charset_end)) : std::nullopt;
}

// The text of the Q encoding (RFC 2047, 4.2).
std::optional<std::string> decode_q(std::string_view text) {
  std::string escaped{text};
  if (escaped.find('%') != std::string::npos)
    return std::nullopt;
  std::ranges::replace(escaped, '_', ' ');
  std::ranges::replace(escaped, '=', '%');
  return percent_decode(escaped);
}

// `=?utf-8?B?5paHLnBuZw==?=`, taken off the front of `text`.
std::optional<std::string> take_encoded_word(std::string_view& text) {
  constexpr std::string_view begin = "=?";
  constexpr std::string_view end = "?=";
  const auto charset_end = text.find('?', begin.size());
  if (!text.starts_with(begin) || charset_end == std::string_view::npos || charset_end + 3 > text.size() ||
      text[charset_end + 2] != '?')
    return std::nullopt;
  const auto size = text.find(end, charset_end + 3);
  if (size == std::string_view::npos)
    return std::nullopt;
  const auto charset = text.substr(begin.size(), charset_end - begin.size());
  const auto encoding = text.substr(charset_end + 1, 1);
  const auto content = text.substr(charset_end + 3, size - charset_end - 3);
  text.remove_prefix(size + end.size());
  auto bytes = equal_ignoring_case(encoding, "b")   ? decode_base64(content)
               : equal_ignoring_case(encoding, "q") ? decode_q(content)
                                                    : std::nullopt;
  return bytes ? to_utf8(std::move(*bytes), charset) : std::nullopt;
}

// A name as sent, or decoded where it is made of encoded words; none where one of these cannot be decoded.
std::optional<std::string> decode_name(std::string_view sent) {
  if (!sent.starts_with("=?") || !sent.ends_with("?="))
    return std::string{sent};
  std::string name;
  for (auto rest = sent; !rest.empty(); rest = trim(rest)) {
    const auto word = take_encoded_word(rest);
    if (!word)
      return std::nullopt;
    name += *word;
  }
  return name;
}

// The parameters that name a part.
struct naming {
  std::optional<std::string> name;
  std::optional<std::string> file_name;
  std::optional<std::string> extended;

  // False for one that is given twice.
  bool take(parameter p) {
    for (auto& [key, value] : {std::pair{"name", &name}, {"filename", &file_name}, {"filename*", &extended}})
      if (equal_ignoring_case(p.name, key)) {
        if (*value)
          return false;
        *value = std::move(p.value);
      }
    return true;
  }
};

disposition flawed(std::string_view why) {
  return {{}, {}, std::string{why}};
}

} // namespace

disposition read_disposition(std::string_view value) {
  if (!equal_ignoring_case(field_value(value), "form-data"))
    return flawed("its Content-Disposition is not form-data");
  auto parameters = field_parameters(value);
  if (!parameters)
    return flawed("its Content-Disposition is malformed: a name that holds a semicolon must be in quotes");
  naming given;
  for (auto& p : *parameters)
    if (!given.take(std::move(p)))
      return flawed("its Content-Disposition gives a parameter twice");
  disposition found;
  if (given.extended) {
    found.file_name = decode_extended(*given.extended);
    if (!found.file_name && !given.file_name)
      return flawed(unreadable_extended);
  }
  if (!found.file_name && given.file_name) {
    found.file_name = decode_name(*given.file_name);
    if (!found.file_name)
      return flawed(unreadable_word);
  }
  const auto name = decode_name(given.name.value_or(""));
  if (!name)
    return flawed(unreadable_word);
  found.name = *name;
  if (found.name.empty() && found.file_name.value_or("").empty())
    return flawed("its Content-Disposition has neither a name nor a filename");
  return found;
}

} // namespace glyphgate::http
