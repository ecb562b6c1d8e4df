#include "vision/documents/look_at_document.hpp"
#include "vision/documents/page_selection.hpp"
#include "vision/documents/pdf_file.hpp"
#include "vision/documents/prepare_documents.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace {

using namespace glyphgate;
using namespace glyphgate::vision;

constexpr std::uint32_t most_side = 200;

void check(const document_page& page, std::string_view file) {
  if (page.width == 0 || page.height == 0 || page.width > largest_page_side || page.height > largest_page_side)
    std::abort();
  if (page.scan && (page.scan->offset > file.size() || page.scan->size > file.size() - page.scan->offset))
    std::abort();
  if (!page.text)
    return;
  for (const auto& s : page.text->symbols)
    if (s.box.x < 0 || s.box.y < 0 || static_cast<std::uint32_t>(s.box.x + s.box.width) > page.width ||
        static_cast<std::uint32_t>(s.box.y + s.box.height) > page.height)
      std::abort();
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  prepare_documents([](const std::string&) {});
  return 0;
}

// A document: the first line selects pages, the rest is the file. What is found in it must be possible; a page of it is
// drawn small.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Its own memory, so that the sanitizer sees every byte read past the end.
  const std::vector<char> input(data, data + size);
  const std::string_view text{input.data(), input.size()};
  const auto line = text.substr(0, text.find('\n'));
  const std::string_view file = line.size() == text.size() ? std::string_view{} : text.substr(line.size() + 1);
  document_request request;
  request.text = true;
  request.most_pages = 3;
  if (auto pages = read_page_selection(line); std::holds_alternative<page_selection>(pages))
    request.pages = std::get<page_selection>(std::move(pages));
  const auto found = look_at_document(file, request);
  const auto* facts = std::get_if<document_facts>(&found);
  if (facts == nullptr)
    return 0;
  for (const auto& page : facts->chosen)
    check(page, file);
  if (!facts->chosen.empty())
    std::get<pdf_file>(pdf_file::open(file)).draw(facts->chosen.front().number - 1, most_side, most_side);
  return 0;
}
