#include "http/wire/weight.hpp"

#include "http/wire/text.hpp"

#include <algorithm>

namespace glyphgate::http {

std::optional<int> weight_of(std::string_view member) {
  const auto semicolon = member.find(';');
  if (semicolon == std::string_view::npos)
    return 1000;
  const auto parameter = trim(member.substr(semicolon + 1));
  if (parameter.size() < 3 || parameter.size() > 7 || (parameter[0] != 'q' && parameter[0] != 'Q') ||
      parameter[1] != '=')
    return std::nullopt;
  const auto digits = parameter.substr(2);
  if ((digits[0] != '0' && digits[0] != '1') || (digits.size() > 1 && digits[1] != '.'))
    return std::nullopt;
  int weight = (digits[0] - '0') * 1000;
  int unit = 100;
  for (const char c : digits.substr(std::min<std::size_t>(2, digits.size()))) {
    if (c < '0' || c > '9')
      return std::nullopt;
    weight += (c - '0') * unit;
    unit /= 10;
  }
  return weight <= 1000 ? std::optional{weight} : std::nullopt;
}

} // namespace glyphgate::http
