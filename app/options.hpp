#pragma once

#include "core/config.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace glyphgate {

/// One setting as the user sees it.
struct option_spec {
  /// The name in the environment, e.g. "FILE_SIZE_LIMIT_MB".
  std::string environment;
  /// The name on the command line, derived from it: "--file-size-limit-mb". Empty for a secret, which only the
  /// environment may hold.
  std::string flag;
  std::string default_value;
  /// "s", "MiB", "px", "USD", or empty where the value is a count or a word.
  std::string unit;
  /// What is accepted, to be read after "must be": "1 to 20", "text or json".
  std::string bounds;
  /// What it does, in one sentence without a full stop.
  std::string help;
};

/// Every setting, in the order of docs/configuration.md. Immutable; lives as long as the process.
const std::vector<option_spec>& option_table();

/// The process should end now instead of serving.
struct early_exit {
  /// 0 for --help and --version, 2 for a wrong setting.
  int code = 0;
  /// What to print to standard output when `code` is 0; else what is wrong and how to mend it, in one line without its
  /// end.
  std::string text;
  /// The form of the log, as far as it could be found out.
  log_format format = log_format::text;
};

/// Looks up a variable of the environment: null when it is not set. The text must stay valid until the next call.
using environment_fn = std::function<const char*(const char* name)>;

/// The environment of this process.
environment_fn process_environment();

/// Reads the settings: a flag beats the environment, which beats the default. An empty variable counts as not set.
/// Takes any value apart from `version`, the text behind --version, from outside: it throws nothing but std::bad_alloc.
std::variant<config, early_exit> parse_options(int argc, const char* const* argv, std::string_view version,
                                               const environment_fn& environment = process_environment());

} // namespace glyphgate
