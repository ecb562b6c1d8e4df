#include "core/log_entry.hpp"

namespace glyphgate {

void write(const log_entry& entry) {
  std::vector<log::field> fields;
  fields.reserve(entry.values.size());
  for (const auto& v : entry.values)
    std::visit([&](const auto& is) { fields.emplace_back(v.name, is); }, v.is);
  log::write(entry.level, entry.event, std::span{fields});
}

} // namespace glyphgate
