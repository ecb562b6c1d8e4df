#include "http/formats/outbox.hpp"

#include <algorithm>
#include <utility>

namespace glyphgate::http {

outbox& outbox::operator<<(std::string_view text) {
  if (parts_.empty() || parts_.back().bytes.owner)
    parts_.emplace_back();
  parts_.back().text += text;
  size_ += text.size();
  total_ += text.size();
  return *this;
}

void outbox::add(held_bytes bytes) {
  size_ += bytes.view.size();
  total_ += bytes.view.size();
  parts_.push_back({{}, std::move(bytes)});
}

std::string outbox::take(std::size_t most) {
  std::string taken;
  taken.reserve(std::min(most, size_));
  while (taken.size() < most && !parts_.empty()) {
    const auto first = parts_.front().view();
    const auto some = first.substr(taken_, most - taken.size());
    taken += some;
    taken_ += some.size();
    if (taken_ == first.size()) {
      parts_.pop_front();
      taken_ = 0;
    }
  }
  size_ -= taken.size();
  return taken;
}

} // namespace glyphgate::http
