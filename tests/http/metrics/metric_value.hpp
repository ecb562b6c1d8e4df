#pragma once

#include <optional>
#include <sstream>
#include <string>
#include <string_view>

namespace glyphgate::http::test {

/// The value of the series written like that, labels included, in a text of Prometheus' format; none where there is no
/// such series.
inline std::optional<double> metric_value(const std::string& text, std::string_view series) {
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(series) && line.size() > series.size() && line[series.size()] == ' ')
      return std::stod(line.substr(series.size() + 1));
  return std::nullopt;
}

} // namespace glyphgate::http::test
