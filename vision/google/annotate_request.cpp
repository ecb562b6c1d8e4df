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

annotate_request::annotate_request(std::string_view picture, const std::vector<std::string>& language_hints)
    : picture_{picture},
      block_{head(language_hints)} {
  size_ = block_.size() + base64_size(picture.size()) + tail.size();
  // What follows is of this size at most: reading allocates nothing.
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
  if (!picture_.empty()) {
    const auto part = picture_.substr(0, block_bytes);
    append_base64(block_, part);
    picture_.remove_prefix(part.size());
  } else if (!ended_) {
    block_ = tail;
    ended_ = true;
  }
}

} // namespace glyphgate::vision
