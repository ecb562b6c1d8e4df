#include "handmade_files.hpp"

#include "../pictures.hpp"

#include <algorithm>

namespace glyphgate::vision::test {

using namespace std::string_literals;

namespace {

std::string le16_text(std::uint32_t value) {
  return le32_text(value).substr(0, 2);
}

std::string be64_text(std::uint64_t value) {
  return be32_text(static_cast<std::uint32_t>(value >> 32)) + be32_text(static_cast<std::uint32_t>(value));
}

} // namespace

std::string gif_of(const gif_shape& s, std::string_view before_frame) {
  // No colour tables; the smallest code has two bits, and one block of data follows.
  return "GIF89a" + le16_text(s.width) + le16_text(s.height) + "\0\0\0"s + std::string{before_frame} + "\x2C" +
         le16_text(s.left) + le16_text(s.top) + le16_text(s.frame_width) + le16_text(s.frame_height) +
         "\0\x02\x01\x2C\0\x3B"s;
}

std::string bmp_of(const bmp_shape& s) {
  const auto width = static_cast<std::uint32_t>(s.width), height = static_cast<std::uint32_t>(s.height);
  std::string header = le32_text(s.header_size);
  if (s.header_size == 12)
    header += le16_text(width) + le16_text(height) + le16_text(1) + le16_text(s.bits);
  else
    header += le32_text(width) + le32_text(height) + le16_text(1) + le16_text(s.bits) + le32_text(s.compression);
  header.resize(std::max<std::size_t>(header.size(), s.header_size), '\0');
  const auto offset = static_cast<std::uint32_t>(14 + header.size());
  return "BM" + le32_text(offset + 64) + le32_text(0) + le32_text(offset) + header + std::string(64, '\x80');
}

std::string tiff_of(const std::vector<tiff_fields>& directories, const tiff_form& form) {
  const auto number = [&](std::uint64_t value, std::size_t bytes) {
    auto text = be64_text(value).substr(8 - bytes);
    if (form.little)
      std::ranges::reverse(text);
    return text;
  };
  const std::size_t offset_size = form.big ? 8 : 4;
  std::string file = form.little ? "II" : "MM";
  file += number(form.big ? 43 : 42, 2);
  if (form.big)
    file += number(8, 2) + number(0, 2);
  file += number(file.size() + offset_size, offset_size);
  for (std::size_t i = 0; i < directories.size(); ++i) {
    file += number(directories[i].size(), form.big ? 8 : 2);
    for (const auto& field : directories[i]) {
      const std::size_t size = field.type == 3 ? 2 : field.type == 4 ? 4 : 8;
      auto value = number(field.value, std::min(size, offset_size));
      value.resize(offset_size, '\0');
      file += number(field.tag, 2) + number(field.type, 2) + number(field.count, offset_size) + value;
    }
    const auto next = i + 1 < directories.size() ? file.size() + offset_size : form.end;
    file += number(next, offset_size);
  }
  return file;
}

tiff_fields usual_tiff(std::uint32_t width, std::uint32_t height, const tiff_fields& more) {
  tiff_fields fields{{256, 4, width}, {257, 4, height}, {258, 3, 8}, {259, 3, 1}, {262, 3, 2}, {277, 3, 3}};
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

std::string codestream_of(const codestream_shape& s) {
  std::string components;
  for (std::uint32_t i = 0; i < s.components; ++i)
    components += s.component;
  return "\xFF\x4F\xFF\x51" + be16_text(38 + 3 * s.components) + be16_text(0) + be32_text(s.right) +
         be32_text(s.bottom) + be32_text(s.left) + be32_text(s.top) + be32_text(s.tile_width) +
         be32_text(s.tile_height) + be32_text(s.tile_left) + be32_text(s.tile_top) + be16_text(s.components) +
         components;
}

std::string box_of(std::string_view type, std::string_view content) {
  return be32_text(static_cast<std::uint32_t>(content.size() + 8)) + std::string{type} + std::string{content};
}

std::string long_box_of(std::string_view type, std::string_view content) {
  return be32_text(1) + std::string{type} + be64_text(content.size() + 16) + std::string{content};
}

std::string jp2_of(std::string_view codestream, std::string_view header) {
  return box_of("jP  ", "\r\n\x87\n") + box_of("ftyp", "jp2 \0\0\0\0jp2 "s) + box_of("jp2h", header) +
         box_of("jp2c", codestream);
}

std::string heif_item(std::uint32_t id, std::string_view type) {
  return box_of("infe", "\x02\0\0\0"s + be16_text(id) + be16_text(0) + std::string{type} + '\0');
}

std::string heif_of(const heif_shape& s) {
  std::string properties, all;
  for (std::size_t i = 0; i < s.properties.size(); ++i) {
    properties += s.properties[i];
    all += static_cast<char>(i + 1);
  }
  const auto& associated = s.associated.empty() ? all : s.associated;
  const auto ipma = be32_text(0) + be32_text(1) + be16_text(1) + static_cast<char>(associated.size()) + associated;
  const auto iprp = box_of("iprp", box_of("ipco", properties) + box_of("ipma", ipma));
  const auto iinf = box_of("iinf", be32_text(0) + be16_text(1) + heif_item(1, s.item_type) + s.more_items);
  const auto pitm = box_of("pitm", be32_text(0) + be16_text(1));
  return box_of("ftyp", s.brand + be32_text(0) + s.brand) + box_of("meta", be32_text(0) + pitm + iinf + iprp) +
         box_of("mdat", "data");
}

std::string ispe(std::uint32_t width, std::uint32_t height) {
  return box_of("ispe", be32_text(0) + be32_text(width) + be32_text(height));
}

std::string irot(std::uint8_t quarters) {
  return box_of("irot", std::string(1, static_cast<char>(quarters)));
}

std::string clap(const std::vector<std::uint32_t>& numbers) {
  std::string content;
  for (const auto n : numbers)
    content += be32_text(n);
  return box_of("clap", content);
}

} // namespace glyphgate::vision::test
