#include "http/formats/pdf/pdf_file.hpp"

#include "core/utf8.hpp"

#include <zlib.h>

#include <array>
#include <new>
#include <utility>

namespace glyphgate::http {

namespace {

std::string hexadecimal_unit(std::uint32_t unit) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  return {digits[unit >> 12U & 15U], digits[unit >> 8U & 15U], digits[unit >> 4U & 15U], digits[unit & 15U]};
}

std::string packed(std::string_view bytes) {
  auto size = compressBound(static_cast<uLong>(bytes.size()));
  std::string to(size, '\0');
  if (compress2(reinterpret_cast<Bytef*>(to.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                static_cast<uLong>(bytes.size()), Z_DEFAULT_COMPRESSION) != Z_OK)
    throw std::bad_alloc{};
  to.resize(size);
  return to;
}

} // namespace

void pdf_file::begin() {
  // The bytes of the comment say that the file is no text.
  out_ << "%PDF-1.7\n%\xE2\xE3\xCF\xD3\n";
}

int pdf_file::reserve() {
  offsets_.push_back(0);
  return static_cast<int>(offsets_.size());
}

void pdf_file::open(int number) {
  offsets_[static_cast<std::size_t>(number) - 1] = out_.total();
  out_ << std::to_string(number) << " 0 obj\n";
}

void pdf_file::write(int number, std::string_view value) {
  open(number);
  out_ << value << "\nendobj\n";
}

void pdf_file::write_stream(int number, std::string_view entries, held_bytes bytes) {
  open(number);
  out_ << "<< " << entries << " /Length " << std::to_string(bytes.view.size()) << " >>\nstream\n";
  out_.add(std::move(bytes));
  out_ << "\nendstream\nendobj\n";
}

void pdf_file::write_stream(int number, std::string_view entries, std::string_view bytes) {
  const auto owner = std::make_shared<const std::string>(bytes);
  write_stream(number, entries, held_bytes{*owner, owner});
}

void pdf_file::write_packed(int number, std::string_view entries, std::string_view bytes) {
  write_stream(number, std::string{entries} + " /Filter /FlateDecode", packed(bytes));
}

void pdf_file::end(int catalogue, std::string_view id) {
  const auto table = out_.total();
  const auto size = std::to_string(offsets_.size() + 1);
  out_ << "xref\n0 " << size << "\n0000000000 65535 f \n";
  for (const auto offset : offsets_) {
    const auto digits = std::to_string(offset);
    out_ << std::string(10 - digits.size(), '0') << digits << " 00000 n \n";
  }
  out_ << "trailer\n<< /Size " << size << " /Root " << reference(catalogue) << " /ID [<" << id << "> <" << id
       << ">] >>\nstartxref\n"
       << std::to_string(table) << "\n%%EOF\n";
}

std::string reference(int number) {
  return std::to_string(number) + " 0 R";
}

std::u32string code_points(std::string_view utf8) {
  std::u32string points;
  while (!utf8.empty())
    points += next_code_point(utf8);
  return points;
}

std::string utf16_hex(char32_t code_point) {
  if (code_point < 0x10000)
    return hexadecimal_unit(code_point);
  const auto above = code_point - 0x10000;
  return hexadecimal_unit(0xD800 | above >> 10U) + hexadecimal_unit(0xDC00 | (above & 0x3FFU));
}

std::string pdf_text(std::string_view utf8) {
  std::string text = "<FEFF";
  for (const auto c : code_points(utf8))
    text += utf16_hex(c);
  return text + '>';
}

} // namespace glyphgate::http
