#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The small text forms of HTTP. Pure.
namespace glyphgate::http {

/// Equal but for the case of ASCII letters.
bool equal_ignoring_case(std::string_view a, std::string_view b);

/// Whether the method only reads: GET or HEAD.
bool is_read(std::string_view method);

/// Without spaces and tabs at both ends; always a part of `text`.
std::string_view trim(std::string_view text);

/// The members of a comma separated list, trimmed; empty ones are left out.
std::vector<std::string_view> split_list(std::string_view list);

/// Whether it is a token of RFC 9110: a method, a field's name.
bool is_token(std::string_view text);

/// Whether it holds a control character (C0 or DEL).
bool has_control_character(std::string_view text);

/// Decodes %XX; none when a '%' is not followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text);

struct parameter {
  std::string name;
  /// Unquoted.
  std::string value;
};

/// The parameters of a field such as `form-data; name="x"`; none when they are malformed. A value that is not quoted
/// goes to the next semicolon: clients leave spaces in it that belong into quotes.
std::optional<std::vector<parameter>> field_parameters(std::string_view field);

/// A parameter of a field such as `multipart/form-data; boundary="x"`, unquoted; none when it is missing or the
/// parameters are malformed. The first of that name; `name` is in lower case.
std::optional<std::string> field_parameter(std::string_view field, std::string_view name);

/// A field without its parameters, trimmed.
std::string_view field_value(std::string_view field);

/// The decoded values of a query's parameters of that name, in order; none when one of them is malformed.
std::optional<std::vector<std::string>> query_values(std::string_view query, std::string_view name);

/// The decoded names of a query's parameters, in order. One that is malformed is left out.
std::vector<std::string> query_names(std::string_view query);

} // namespace glyphgate::http
