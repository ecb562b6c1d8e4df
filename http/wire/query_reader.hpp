#pragma once

#include "http/wire/problem.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace glyphgate::http {

/// Reads the parameters of a query; everything that is wrong with them is collected. Of a parameter that is given
/// several times, the last counts. The query must outlive it.
class query_reader {
public:
  /// Percent-encoded.
  explicit query_reader(std::string_view query) : query_{query} {}

  /// None when it is not given, or not percent-encoded properly.
  std::optional<std::string> text(std::string_view name);

  /// None when it is not given, or no integer from `least` to `most`.
  std::optional<std::uint64_t> number(std::string_view name, std::uint64_t least, std::uint64_t most);

  /// Whether it is set: true or 1, where false, 0 and nothing mean that it is not. May be given once.
  bool flag(std::string_view name);

  /// Adds what the caller finds wrong; only the first that is wrong with a parameter counts.
  void wrong(std::string_view name, std::string detail);

  /// 422 with all that is wrong, or none.
  std::optional<problem> refusal();

private:
  std::string_view query_;
  std::vector<input_error> errors_;
};

} // namespace glyphgate::http
