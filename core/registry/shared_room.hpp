#pragma once

#include <cstdint>

namespace glyphgate {

/// Whether a place that several owners share has room for more of one of them.
enum class room : std::uint8_t { yes, full, share_is_full };

/// `own` of the `all` that is there is of whoever asks; `most` may be there. Where there are several owners, who has
/// something there already takes no more than he leaves free. So one owner takes half of it at most, two who take all
/// that they may a third each, and whoever comes next finds room. (Dynamic thresholds with a factor of one: Choudhury
/// and Hahne, "Dynamic Queue Length Thresholds for Shared-Memory Packet Switches", IEEE/ACM Transactions on Networking
/// 6(2), 1998.)
constexpr room room_for(std::uint64_t more, std::uint64_t own, std::uint64_t all, std::uint64_t most,
                        bool several_owners) {
  const auto free = all + more <= most ? most - all - more : 0;
  if (several_owners && own != 0 && own + more > free)
    return room::share_is_full;
  return all + more <= most ? room::yes : room::full;
}

} // namespace glyphgate
