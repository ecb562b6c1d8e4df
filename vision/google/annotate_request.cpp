#include "vision/google/annotate_request.hpp"

#include "core/base64.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cstring>

namespace glyphgate::vision {

namespace {

// A multiple of 3: only the last block may be padded.
constexpr std::size_t block_bytes = 48 * 1024;
constexpr std::string_view tail = R"("}}]})";

std::string head(const std::vector<std::string>& language_hints) {
  std::string text = R"({"requests":[{"features":[{"type":"DOCUMENT_TEXT_DETECTION"}],)";
  if (!language_hints.empty()) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};
    writer.StartArray();
    for (const auto& hint : language_hints)
      writer.String(hint.data(), static_cast<rapidjson::SizeType>(hint.size()));
    writer.EndArray();
    text += R"("imageContext":{"languageHints":)" + std::string{buffer.GetString(), buffer.GetSize()} + "},";
  }
  return text + R"("image":{"content":")";
}

} // namespace

annotate_request::annotate_request(std::span<const held_bytes> parts, const std::vector<std::string>& language_hints)
    : parts_{parts},
      block_{head(language_hints)} {
  std::size_t picture = 0;
  for (const auto& part : parts)
    picture += part.view.size();
  size_ = block_.size() + base64_size(picture) + tail.size();
  // What follows is of this size at most: reading allocates nothing.
  raw_.reserve(block_bytes);
  block_.reserve(base64_size(block_bytes));
}

std::size_t annotate_request::read(char* to, std::size_t capacity) {
  std::size_t written = 0;
  while (written < capacity) {
    if (taken_ == block_.size())
      next_block();
    const auto count = std::min(capacity - written, block_.size() - taken_);
    if (count == 0)
      break;
    std::memcpy(to + written, block_.data() + taken_, count);
    written += count;
    taken_ += count;
  }
  return written;
}

void annotate_request::next_block() {
  block_.clear();
  taken_ = 0;
  gather();
  if (!raw_.empty()) {
    append_base64(block_, raw_);
  } else if (!ended_) {
    block_ = tail;
    ended_ = true;
  }
}

void annotate_request::gather() {
  raw_.clear();
  while (raw_.size() < block_bytes && !parts_.empty()) {
    const auto rest = parts_.front().view.substr(skip_);
    const auto taken = rest.substr(0, block_bytes - raw_.size());
    raw_ += taken;
    skip_ += taken.size();
    if (taken.size() == rest.size()) {
      parts_ = parts_.subspan(1);
      skip_ = 0;
    }
  }
}

} // namespace glyphgate::vision
