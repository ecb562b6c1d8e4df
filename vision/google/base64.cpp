#include "vision/google/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace glyphgate::vision {

void append_base64(std::string& to, std::string_view bytes) {
  // The library counts in int.
  constexpr std::size_t step = 3 << 20;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size()))) {
    const auto part = bytes.substr(0, step);
    const auto start = to.size();
    // It writes a terminating 0 as well.
    to.resize(start + base64_size(part.size()) + 1);
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(to.data() + start),
                    reinterpret_cast<const unsigned char*>(part.data()), static_cast<int>(part.size()));
    to.pop_back();
  }
}

std::string base64url(std::string_view bytes) {
  std::string text;
  append_base64(text, bytes);
  text.erase(text.find_last_not_of('=') + 1);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

} // namespace glyphgate::vision
