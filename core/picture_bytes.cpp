#include "core/picture_bytes.hpp"

#include <utility>

namespace glyphgate {

namespace {

held_bytes held(std::string bytes) {
  auto owner = std::make_shared<const std::string>(std::move(bytes));
  return {*owner, owner};
}

} // namespace

picture_bytes::picture_bytes(held_bytes bytes) : size_{bytes.view.size()}, bytes_{std::move(bytes)} {}

picture_bytes::picture_bytes(std::string bytes) : picture_bytes{held(std::move(bytes))} {}

held_bytes picture_bytes::hold() const {
  const std::lock_guard lock{mutex_};
  return bytes_;
}

void picture_bytes::move_to(held_bytes same) {
  const std::lock_guard lock{mutex_};
  std::swap(bytes_, same);
}

std::optional<bool> picture_bytes::sound() const {
  const auto known = sound_.load();
  return known < 0 ? std::nullopt : std::optional{known == 1};
}

picture_bytes_ptr make_picture_bytes(std::string bytes) {
  return std::make_shared<picture_bytes>(std::move(bytes));
}

} // namespace glyphgate
