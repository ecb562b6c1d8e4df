#include "samples.hpp"

#include "core/base64.hpp"
#include "support/literal_time.hpp"

#include <array>
#include <stdexcept>
#include <utility>

namespace glyphgate::http::test {

namespace {

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit)
      crc = crc >> 1U ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
  }
  return ~crc;
}

std::string big_endian(std::uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<char>(number >> static_cast<unsigned>(shift)));
  return bytes;
}

std::string chunk(std::string_view type, std::string_view data) {
  const std::string content = std::string{type} + std::string{data};
  return big_endian(static_cast<std::uint32_t>(data.size())) + content + big_endian(crc32(content));
}

} // namespace

std::string png_header(std::uint32_t width, std::uint32_t height, std::string_view marker) {
  const std::string header = big_endian(width) + big_endian(height) + std::string("\x08\x00\x00\x00\x00", 5);
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", header) +
         chunk("tEXt", "marker" + std::string(1, '\0') + std::string{marker}) + chunk("IDAT", "") + chunk("IEND", "");
}

std::string tiff_header(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& pages) {
  constexpr std::uint32_t header_size = 8, strip_size = 64;
  constexpr std::uint16_t short_type = 3, long_type = 4;
  const auto little_endian = [](std::uint32_t number, int size) {
    std::string bytes;
    for (int i = 0; i < size; ++i)
      bytes.push_back(static_cast<char>(number >> static_cast<unsigned>(8 * i)));
    return bytes;
  };
  const auto entry = [&](std::uint32_t tag, std::uint16_t type, std::uint32_t value) {
    return little_endian(tag, 2) + little_endian(type, 2) + little_endian(1, 4) + little_endian(value, 4);
  };
  constexpr std::uint32_t entries = 10, directory_size = 2 + entries * 12 + 4;
  auto file =
      "II*" + std::string(1, '\0') + little_endian(header_size + strip_size, 4) + std::string(strip_size, '\x7f');
  for (std::size_t i = 0; i < pages.size(); ++i) {
    const auto [width, height] = pages[i];
    const auto next = i + 1 == pages.size() ? 0U : static_cast<std::uint32_t>(file.size()) + directory_size;
    file += little_endian(entries, 2) + entry(256, long_type, width) + entry(257, long_type, height) +
            entry(258, short_type, 8) + entry(259, short_type, 1) + entry(262, short_type, 1) +
            entry(273, long_type, header_size) + entry(277, short_type, 1) + entry(278, long_type, height) +
            entry(279, long_type, strip_size) + entry(284, short_type, 1) + little_endian(next, 4);
  }
  return file;
}

request_body_ptr body_of(std::string_view bytes, std::shared_ptr<memory_budget> budget) {
  auto body = std::make_shared<request_body>(std::move(budget));
  if (!body->reserve(bytes.size()) || !body->append(bytes))
    throw std::runtime_error{"the budget has no room for the body"};
  return body;
}

std::string to_base64(std::string_view bytes) {
  std::string text;
  append_base64(text, bytes);
  return text;
}

std::shared_ptr<const job_view> pending_job(const std::string& id) {
  job_view job;
  job.id = id;
  job.created_at = at(std::chrono::seconds{1});
  job.pictures_total = 1;
  return std::make_shared<const job_view>(job);
}

std::shared_ptr<const job_view> completed_job(const std::string& id, std::size_t images) {
  job_view job = *pending_job(id);
  job.status = job_status::completed;
  job.started_at = at(std::chrono::seconds{2});
  job.completed_at = at(std::chrono::milliseconds{2250});
  job.expires_at = at(std::chrono::hours{1});
  job.pictures_total = job.pictures_done = static_cast<std::uint32_t>(images);
  job_result result;
  result.api_calls = 1;
  for (std::size_t i = 0; i < images; ++i) {
    recognition seen;
    for (std::int32_t c = 0; c < 30; ++c)
      seen.symbols.push_back({"a", {c * 20, 4, 18, 30}, 0.9876F, c % 6 == 5 ? text_break::space : text_break::none});
    result.pictures.push_back({"frame_" + std::to_string(i), {std::make_shared<const recognition>(seen), ""}});
  }
  job.result = std::make_shared<const job_result>(std::move(result));
  return std::make_shared<const job_view>(job);
}

} // namespace glyphgate::http::test
