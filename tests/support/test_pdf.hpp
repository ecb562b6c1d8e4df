#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace glyphgate {

/// Writes a PDF, object by object. Objects are numbered from 1, in the order in which they are added.
class pdf_writer {
public:
  /// The number of the object that `add` makes next.
  std::size_t next() const { return places_.size() + 1; }

  std::size_t add(std::string_view object) {
    places_.push_back(file_.size());
    file_ += std::to_string(places_.size()) + " 0 obj\n" + std::string{object} + "\nendobj\n";
    return places_.size();
  }

  /// `entries` are the stream's own, but for its length.
  std::size_t add_stream(std::string_view entries, std::string_view bytes) {
    return add("<<" + std::string{entries} + "/Length " + std::to_string(bytes.size()) + ">>stream\n" +
               std::string{bytes} + "\nendstream");
  }

  /// `entries` are the trailer's own, but for its size.
  std::string finish(std::string_view entries) {
    const auto table = file_.size();
    file_ += "xref\n0 " + std::to_string(next()) + "\n0000000000 65535 f \n";
    for (const auto place : places_) {
      char line[32];
      std::snprintf(line, sizeof line, "%010zu 00000 n \n", place);
      file_ += line;
    }
    file_ += "trailer<</Size " + std::to_string(next()) + std::string{entries} + ">>\nstartxref\n" +
             std::to_string(table) + "\n%%EOF\n";
    return std::move(file_);
  }

private:
  std::string file_ = "%PDF-1.4\n";
  std::vector<std::size_t> places_;
};

/// A page of a PDF. In its content the font F is Helvetica, which the file does not bring.
struct pdf_page {
  std::string content;
  /// Of the page's dictionary.
  std::string entries = "/MediaBox[0 0 595 842]";
  /// A JPEG that is the picture I; none where it is empty, and what it is.
  std::string jpeg{};
  std::string jpeg_entries{};
};

/// A page with lines of text, 12 points each, from the top.
inline pdf_page page_of_lines(const std::vector<std::string>& lines) {
  std::string content = "BT /F 12 Tf 14 TL 72 770 Td ";
  for (const auto& line : lines)
    content += "(" + line + ") Tj T* ";
  return {content + "ET"};
}

/// A page that is one JPEG of that size, at 72 dots an inch.
inline pdf_page page_of_jpeg(std::string jpeg, unsigned width, unsigned height, const std::string& more = "") {
  const auto w = std::to_string(width), h = std::to_string(height);
  return {"q " + w + " 0 0 " + h + " 0 0 cm /I Do Q", "/MediaBox[0 0 " + w + ' ' + h + "]" + more, std::move(jpeg),
          "/Width " + w + "/Height " + h + "/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode"};
}

inline std::string test_pdf(const std::vector<pdf_page>& pages, std::string_view trailer = "") {
  pdf_writer to;
  constexpr std::size_t first_page = 3;
  std::string kids;
  // A page, its content and its picture.
  for (std::size_t i = 0; i < pages.size(); ++i)
    kids += std::to_string(first_page + 3 * i) + " 0 R ";
  to.add("<</Type/Catalog/Pages 2 0 R>>");
  to.add("<</Type/Pages/Kids[" + kids + "]/Count " + std::to_string(pages.size()) + ">>");
  for (const auto& page : pages) {
    const auto own = to.next();
    to.add("<</Type/Page/Parent 2 0 R" + page.entries + "/Contents " + std::to_string(own + 1) +
           " 0 R/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>/XObject<</I " +
           std::to_string(own + 2) + " 0 R>>>>>>");
    to.add_stream("", page.content);
    to.add_stream("/Type/XObject/Subtype/Image" + page.jpeg_entries, page.jpeg);
  }
  return to.finish("/Root 1 0 R" + std::string{trailer});
}

/// A PDF that needs a password, which nobody knows.
inline std::string locked_pdf() {
  const std::string key(32, 'x');
  return test_pdf({page_of_lines({"Nobody reads this."})},
                  "/ID[<00112233445566778899AABBCCDDEEFF><00112233445566778899AABBCCDDEEFF>]/Encrypt<</Filter/Standard"
                  "/V 1/R 2/P -4/O(" +
                      key + ")/U(" + key + ")>>");
}

} // namespace glyphgate
