// Measures the way in of 750 caption strips as one JSON body: receiving it, taking it apart, and base64 by itself.
#include "core/base64.hpp"
#include "http/uploads/upload.hpp"

#include <malloc.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <functional>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <string_view>

namespace {

using namespace glyphgate;

constexpr std::size_t strips = 750;
constexpr std::size_t strip_size = 11'000;
constexpr int rounds = 30;
/// What one read of a socket brings.
constexpr std::size_t piece_size = 64 * 1024;

/// The same bytes on every machine.
std::string random_bytes(std::size_t size) {
  std::mt19937_64 random{1};
  std::string bytes(size, '\0');
  for (char& c : bytes)
    c = static_cast<char>(random());
  return bytes;
}

std::string body_of_strips() {
  const auto strip = random_bytes(strip_size);
  std::string body = R"({"images":[)";
  for (std::size_t i = 0; i < strips; ++i) {
    body += (i == 0 ? R"({"id":"strip-)" : R"(,{"id":"strip-)") + std::to_string(i) + R"(","data":")";
    append_base64(body, strip);
    body += R"("})";
  }
  return body + "]}";
}

/// Processor time of the best round, in milliseconds: what else the machine does only adds to it.
double best_of(const std::function<void()>& work) {
  auto best = std::numeric_limits<double>::max();
  for (int i = 0; i < rounds; ++i) {
    const auto begin = std::clock();
    work();
    best = std::min(best, 1000.0 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
  }
  return best;
}

http::request_body_ptr receive(std::string_view bytes) {
  auto body = std::make_shared<http::request_body>(std::make_shared<http::memory_budget>(bytes.size()));
  if (!body->reserve(bytes.size()))
    return nullptr;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece_size, bytes.size())))
    if (!body->append(bytes.substr(0, piece_size)))
      return nullptr;
  return body;
}

} // namespace

int main() {
  // As the service has it.
  mallopt(M_MMAP_THRESHOLD, 256 * 1024);
  const auto text = body_of_strips();
  http::request_body_ptr body;
  const auto received = best_of([&] { body = receive(text); });
  std::size_t pictures = 0;
  const auto both = best_of([&] {
    const auto upload = http::read_json_upload(receive(text));
    pictures = std::get<http::upload>(upload).pictures.size();
  });
  if (pictures != strips)
    return 1;
  std::printf("%zu strips, %zu bytes of JSON: received in %.2f ms; received, parsed, decoded and digested in %.2f ms\n",
              strips, text.size(), received, both);

  const auto bytes = random_bytes(strips * strip_size);
  std::string encoded;
  encoded.reserve(base64_size(bytes.size()));
  const auto encoding = best_of([&] {
    encoded.clear();
    append_base64(encoded, bytes);
  });
  const auto decoding = best_of([&] { pictures += decode_base64(encoded)->size(); });
  std::printf("base64 of %zu bytes: encoded in %.2f ms, decoded in %.2f ms\n", bytes.size(), encoding, decoding);
  return 0;
}
