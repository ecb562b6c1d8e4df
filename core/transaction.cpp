#include "core/transaction.hpp"

#include <array>

namespace glyphgate {

std::string_view name_of(const transaction& t) {
  // In the order of the alternatives.
  constexpr std::array<std::string_view, std::variant_size_v<transaction>> names{
      "accept_job", "begin_attempt",   "settle_spend", "release_spend", "carry_over_spend", "reserve_retry",
      "split_call", "close_call",      "end_job",      "forget_job",    "adopt_job",        "note_pause",
      "board_job",  "give_up_waiting", "sift_job",     "note_stop",     "note_budget",      "note_request"};
  return names[t.index()];
}

} // namespace glyphgate
