#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace glyphgate {

/// A variable of the environment that is no setting, and the setting that it was probably meant to be.
struct misspelt_variable {
  std::string given;
  std::string meant;
};

/// The misspelt ones among the names in `environment`, in its order. A name is taken for a misspelt setting when few
/// characters are missing, too many, wrong or swapped: one in seven, at most three. So names as short
/// as HOST are never taken for misspelt, nor are variables of other programs, such as HOSTNAME.
std::vector<misspelt_variable> misspelt_variables(const std::vector<std::string_view>& environment);

/// The names of this process's environment that have a value.
std::vector<std::string_view> environment_names();

} // namespace glyphgate
