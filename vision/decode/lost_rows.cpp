#include "vision/decode/lost_rows.hpp"

#include <algorithm>

namespace glyphgate::vision {

void lost_rows::lose(std::uint64_t first, std::uint64_t end) {
  for (auto row = first; row < std::min<std::uint64_t>(end, lost_.size()); ++row)
    if (!lost_[row]) {
      lost_[row] = true;
      ++count_;
    }
}

std::string lost_rows::text() const {
  const auto height = std::to_string(lost_.size());
  if (count_ > 0) {
    const auto first = static_cast<std::size_t>(std::ranges::find(lost_, true) - lost_.begin());
    const auto count = std::to_string(count_);
    const auto text = first + count_ == lost_.size() ? "its last " + count + " of " + height + " rows are missing"
                                                     : count + " of its " + height + " rows are missing, from row " +
                                                           std::to_string(first + 1) + " on";
    return text + (doubtful_ ? ", and others may be wrong" : "");
  }
  if (doubtful_)
    return "some of its rows may be wrong";
  return coarse_ ? "its finest detail is missing" : "";
}

} // namespace glyphgate::vision
