#include "app/misspelt_variables.hpp"

#include "app/options.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstddef>

namespace glyphgate {

namespace {

constexpr std::size_t longest_name = 64;

// The optimal string alignment distance: insertions, deletions, substitutions, and swaps of two neighbours. Three rows
// of the table of all prefixes.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t wrong = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + wrong});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

std::string in_capitals(std::string_view name) {
  std::string text{name};
  for (char& c : text)
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

/// Whether it is the setting without its last words: without the unit, say. One word says too little.
bool is_cut_short(std::string_view name, std::string_view setting) {
  return name.find('_') != std::string_view::npos && setting.size() > name.size() && setting.starts_with(name) &&
         setting[name.size()] == '_';
}

} // namespace

std::vector<misspelt_variable> misspelt_variables(const std::vector<std::string_view>& environment) {
  std::vector<misspelt_variable> found;
  const auto& settings = option_table();
  for (const auto given : environment) {
    if (given.size() > longest_name || std::ranges::count(settings, given, &option_spec::environment) != 0)
      continue;
    const auto name = in_capitals(given);
    const option_spec* nearest = nullptr;
    std::size_t least = 0;
    for (const auto& setting : settings) {
      const auto far = is_cut_short(name, setting.environment) ? 0 : distance(name, setting.environment);
      const auto tolerated = std::min<std::size_t>(3, setting.environment.size() / 5);
      if (far <= tolerated && (nearest == nullptr || far < least)) {
        nearest = &setting;
        least = far;
      }
    }
    if (nearest != nullptr)
      found.push_back({std::string{given}, nearest->environment});
  }
  return found;
}

std::vector<std::string_view> environment_names() {
  std::vector<std::string_view> names;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos && equals + 1 < text.size())
      names.push_back(text.substr(0, equals));
  }
  return names;
}

} // namespace glyphgate
