#include "http/wire/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace glyphgate::http {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr auto token_characters = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view{"!#$%&'*+-.^_`|~0123456789"
                                       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"})
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

bool is_token_character(char c) {
  return token_characters[static_cast<unsigned char>(c)];
}

int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

// Takes a quoted string, or what there is up to a semicolon, off the front of `text`.
std::optional<std::string> take_value(std::string_view& text) {
  std::string value;
  if (text.empty() || text.front() != '"') {
    const auto whole = text.substr(0, text.find(';'));
    text.remove_prefix(whole.size());
    return std::string{trim(whole)};
  }
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    // Browsers leave a file name's backslashes as they are: only those that must be escapes are.
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\'))
      ++i;
    value.push_back(text[i]);
  }
  return std::nullopt;
}

} // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

bool is_read(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos)
    return text.substr(0, 0);
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::vector<std::string_view> split_list(std::string_view list) {
  std::vector<std::string_view> members;
  for (;;) {
    const auto comma = list.find(',');
    if (const auto member = trim(list.substr(0, comma)); !member.empty())
      members.push_back(member);
    if (comma == std::string_view::npos)
      return members;
    list.remove_prefix(comma + 1);
  }
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0)
      return std::nullopt;
    decoded.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return decoded;
}

std::optional<std::vector<parameter>> field_parameters(std::string_view field) {
  std::vector<parameter> found;
  auto rest = field.substr(std::min(field.find(';'), field.size()));
  while (!rest.empty()) {
    if (rest.front() != ';')
      return std::nullopt;
    rest = trim(rest.substr(1));
    // An empty one between semicolons, or behind the last one.
    if (rest.empty() || rest.front() == ';')
      continue;
    const auto equals = rest.find('=');
    const auto name = trim(rest.substr(0, equals));
    if (equals == std::string_view::npos || !is_token(name))
      return std::nullopt;
    rest = trim(rest.substr(equals + 1));
    auto value = take_value(rest);
    if (!value)
      return std::nullopt;
    found.push_back({std::string{name}, std::move(*value)});
    rest = trim(rest);
  }
  return found;
}

std::optional<std::string> field_parameter(std::string_view field, std::string_view name) {
  auto parameters = field_parameters(field);
  if (!parameters)
    return std::nullopt;
  const auto found =
      std::ranges::find_if(*parameters, [&](const parameter& p) { return equal_ignoring_case(p.name, name); });
  return found == parameters->end() ? std::nullopt : std::optional{std::move(found->value)};
}

std::string_view field_value(std::string_view field) {
  return trim(field.substr(0, field.find(';')));
}

namespace {

// Of a query, where '+' is a space.
std::optional<std::string> form_decode(std::string_view text) {
  std::string spaced{text};
  std::ranges::replace(spaced, '+', ' ');
  return percent_decode(spaced);
}

// Takes the first parameter off a query.
std::string_view next_parameter(std::string_view& query) {
  const auto pair = query.substr(0, query.find('&'));
  query.remove_prefix(std::min(pair.size() + 1, query.size()));
  return pair;
}

} // namespace

std::vector<std::string> query_names(std::string_view query) {
  std::vector<std::string> names;
  while (!query.empty()) {
    const auto pair = next_parameter(query);
    if (auto name = form_decode(pair.substr(0, pair.find('='))); name && !pair.empty())
      names.push_back(std::move(*name));
  }
  return names;
}

std::optional<std::vector<std::string>> query_values(std::string_view query, std::string_view name) {
  std::vector<std::string> values;
  while (!query.empty()) {
    const auto pair = next_parameter(query);
    const auto equals = pair.find('=');
    const auto key = form_decode(pair.substr(0, equals));
    if (!key)
      return std::nullopt;
    if (*key != name)
      continue;
    auto value = form_decode(equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1));
    if (!value)
      return std::nullopt;
    values.push_back(std::move(*value));
  }
  return values;
}

} // namespace glyphgate::http
