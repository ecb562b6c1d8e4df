#pragma once

#include <ostream>
#include <string_view>
#include <vector>

namespace glyphgate {

/// What `glyphgate key …` does, with the words behind "key":
///
///   new NAME [admin] [LIMIT=VALUE …]   makes a key; `out` gets the key, and in a second line what the service is to
///   store check FILE                         says what such a file holds, or what is wrong with it
///
/// `notes` gets what a person reads beside it. The exit code: 0, or 2 when the words or the file are wrong, with one
/// line of why and how to mend it in `notes`.
int run_key_command(const std::vector<std::string_view>& words, std::ostream& out, std::ostream& notes);

} // namespace glyphgate
