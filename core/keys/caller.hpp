#pragma once

#include "core/ids.hpp"

#include <cstdint>
#include <optional>

namespace glyphgate {

/// Who asks. Where the service has no keys, everybody is the caller without a name.
struct caller {
  /// The name of the key that was shown.
  owner_name name;
  /// Whether that key may see and do what concerns everybody.
  bool admin = false;
  /// How many pictures a job of that name may have, where its key says so.
  std::optional<std::uint32_t> pages_per_job{};

  friend bool operator==(const caller&, const caller&) = default;
};

} // namespace glyphgate
