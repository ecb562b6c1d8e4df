#include "vision/header/boxes.hpp"

#include "vision/bytes.hpp"
#include "vision/header/inspection.hpp"

namespace glyphgate::vision::header {

std::optional<box> boxes::next() {
  constexpr std::size_t short_header = 8, long_header = 16;
  constexpr std::uint32_t to_the_end = 0, long_size = 1;
  if (state_ != state::sound || at_ == bytes_.size())
    return std::nullopt;
  if (passed_++ == max_header_parts)
    return stop(state::too_many);
  if (!holds(bytes_, at_, short_header))
    return stop(state::cut);
  const auto type = bytes_.substr(at_ + 4, 4);
  std::size_t header = short_header;
  std::uint64_t size = be32(bytes_, at_);
  if (size == long_size) {
    header = long_header;
    if (!holds(bytes_, at_, long_header))
      return stop(state::cut);
    size = be64(bytes_, at_ + short_header);
  } else if (size == to_the_end) {
    size = bytes_.size() - at_;
  }
  if (size < header)
    return stop(state::damaged);
  if (!holds(bytes_, at_, size)) {
    cut_type_ = type;
    return stop(state::cut);
  }
  const box found{type, bytes_.substr(at_ + header, size - header)};
  at_ += size;
  return found;
}

std::optional<std::string_view> find_box(std::string_view bytes, std::string_view type) {
  boxes all{bytes};
  while (const auto next = all.next())
    if (next->type == type)
      return next->content;
  return std::nullopt;
}

} // namespace glyphgate::vision::header
