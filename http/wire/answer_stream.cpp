#include "http/wire/answer_stream.hpp"

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace glyphgate::http {

namespace {

constexpr std::string_view last_chunk = "0\r\n\r\n";

std::string chunk_of(const std::string& piece) {
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), piece.size(), 16).ptr;
  std::string chunk{digits.data(), end};
  chunk.reserve(chunk.size() + piece.size() + 4);
  return chunk.append("\r\n").append(piece).append("\r\n");
}

} // namespace

answer_stream::answer_stream(parts p) : parts_{std::move(p)} {}

void answer_stream::write(const std::string& piece, written then) {
  const bool is_last = piece.empty();
  auto bytes = std::move(parts_.head);
  parts_.head.clear();
  if (!parts_.chunked)
    bytes += piece;
  else
    bytes += is_last ? std::string{last_chunk} : chunk_of(piece);
  sent_ += piece.size();
  if (std::exchange(begun_, true))
    parts_.to->goes_on();
  else
    parts_.to->answered(parts_.place, parts_.body->held());
  restinio::writable_items_container_t items;
  if (!bytes.empty())
    items.emplace_back(std::move(bytes));
  const restinio::response_output_flags_t flags{
      is_last ? restinio::response_parts_attr_t::final_parts : restinio::response_parts_attr_t::not_final_parts,
      !is_last || parts_.keep ? restinio::response_connection_attr_t::connection_keepalive
                              : restinio::response_connection_attr_t::connection_close};
  restinio::write_group_t group{std::move(items)};
  group.after_write_notificator([to = parts_.to, is_last, then = std::move(then)](const std::error_code& error) {
    if (is_last || error)
      to->taken();
    else
      to->awaits_more();
    then(error);
  });
  parts_.out.pass_on(flags, std::move(group));
}

} // namespace glyphgate::http
