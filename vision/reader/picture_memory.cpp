#include "vision/reader/picture_memory.hpp"

namespace glyphgate::vision {

std::optional<picture_memory::share> picture_memory::take(std::uint64_t bytes, const std::stop_token& stop) {
  if (bytes > size_)
    return std::nullopt;
  std::unique_lock lock{mutex_};
  const auto mine = line_.insert(line_.end(), ++last_);
  const bool free = changed_.wait(lock, stop, [&] { return mine == line_.begin() && taken_ + bytes <= size_; });
  line_.erase(mine);
  if (free)
    taken_ += bytes;
  lock.unlock();
  changed_.notify_all();
  if (!free)
    return std::nullopt;
  return std::make_optional<share>(shared_from_this(), bytes);
}

std::uint64_t picture_memory::taken() const {
  const std::lock_guard lock{mutex_};
  return taken_;
}

void picture_memory::give_back(std::uint64_t bytes) {
  {
    const std::lock_guard lock{mutex_};
    taken_ -= bytes;
  }
  changed_.notify_all();
}

} // namespace glyphgate::vision
