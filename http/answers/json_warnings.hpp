#pragma once

#include "http/wire/json_writer.hpp"

#include <string>
#include <vector>

namespace glyphgate::http {

/// The member `warnings` of the object that is open; nothing where there are none.
inline void write_warnings(json_writer& json, const std::vector<std::string>& warnings) {
  if (warnings.empty())
    return;
  json.key("warnings").array();
  for (const auto& warning : warnings)
    json.value(warning);
  json.end_array();
}

} // namespace glyphgate::http
