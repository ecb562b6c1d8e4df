#include "http/formats/hocr.hpp"

#include "http/formats/escape.hpp"
#include "http/formats/numbers.hpp"
#include "http/formats/page.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

namespace glyphgate::http {

namespace {

std::string corners(const bounding_box& box) {
  return std::to_string(box.x) + ' ' + std::to_string(box.y) + ' ' + std::to_string(box.x + box.width) + ' ' +
         std::to_string(box.y + box.height);
}

std::string box_of(const page& p, const bounding_quad& quad) {
  return "bbox " + corners(inside(p, hull_of(quad)));
}

// A string as a property has it (hOCR 1.2, 4.1.1): a quotation mark in it is escaped.
std::string quoted(std::string_view text) {
  std::string in_quotes = "\"";
  for (const char c : on_one_line(text)) {
    if (c == '"' || c == '\\')
      in_quotes += '\\';
    in_quotes += c;
  }
  return in_quotes + '"';
}

std::string percent(float confidence) {
  return std::to_string(static_cast<int>(std::lround(confidence * 100)));
}

// The baseline counts from the bottom left of the line's box: its slope, and where it begins. Text that is turned
// further says by how much, anticlockwise.
std::string baseline_of(const bounding_quad& quad) {
  const auto angle = angle_of(quad);
  if (std::abs(angle) >= 45)
    return "textangle " + decimal(-angle, 2);
  const auto& [from, to] = std::pair{quad.corners[3], quad.corners[2]};
  const auto box = hull_of(quad);
  const auto across = to.x - from.x;
  const double slope = across == 0 ? 0 : double(to.y - from.y) / across;
  const auto offset = std::lround(from.y + slope * (box.x - from.x) - (box.y + box.height));
  return "baseline " + decimal(slope, 4) + ' ' + std::to_string(offset);
}

std::string direction(bool right_to_left) {
  return right_to_left ? " dir='rtl'" : "";
}

class hocr_renderer : public renderer {
public:
  hocr_renderer(job_extract job, bool symbols) : job_{std::move(job)}, symbols_{symbols} {}

  void begin(outbox& out) override {
    out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
           "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" "
           "\"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\n"
           "<html xmlns=\"http://www.w3.org/1999/xhtml\" xml:lang=\"en\" lang=\"en\">\n"
           " <head>\n"
           "  <title>"
        << xml_escaped(job_.id)
        << "</title>\n"
           "  <meta http-equiv=\"Content-Type\" content=\"text/html;charset=utf-8\"/>\n"
           "  <meta name='ocr-system' content='glyphgate'/>\n"
           "  <meta name='ocr-capabilities' content='ocr_page ocr_carea ocr_par ocr_line ocrx_word ocrp_wconf"
        << (symbols_ ? " ocrx_cinfo" : "") << "'/>\n  <meta name='ocr-number-of-pages' content='"
        << std::to_string(job_.pages()) << "'/>\n </head>\n <body>\n";
  }

  void render(std::size_t number, outbox& out) override {
    const auto p = page_of(job_.picture(number), number);
    const auto name = std::to_string(number + 1);
    out << "  <div class='ocr_page' id='page_" << name << "' title='image " << xml_escaped(quoted(p.name))
        << "; bbox 0 0 " << std::to_string(p.width) << ' ' << std::to_string(p.height) << "; ppageno "
        << std::to_string(number) << "'>\n";
    if (!p.error.empty())
      out << "   <p class='glyphgate_error'>" << xml_escaped(on_one_line(p.error)) << "</p>\n";
    for (const auto b : all_of(p.layout.blocks)) {
      out << "   <div class='ocr_carea' id='block_" << name << '_' << std::to_string(b + 1) << "' title='"
          << box_of(p, p.layout.blocks[b].box) << "'>\n";
      for (const auto par : children(p.layout.blocks, b))
        write_paragraph(p, par, name, out);
      out << "   </div>\n";
    }
    out << "  </div>\n";
  }

  void end(outbox& out) override { out << " </body>\n</html>\n"; }

private:
  void write_paragraph(const page& p, std::size_t par, const std::string& name, outbox& out) const {
    const auto& unit = p.layout.paragraphs[par];
    const auto first = children_of(p.layout.paragraphs, par).begin;
    out << "    <p class='ocr_par' id='par_" << name << '_' << std::to_string(par + 1) << '\'';
    if (const auto language = language_tag(language_of(p, unit)); !language.empty())
      out << " lang='" << language << "' xml:lang='" << language << '\'';
    out << direction(runs_right_to_left(text_of_line(p, first))) << " title='" << box_of(p, unit.box) << "'>\n";
    for (const auto l : children(p.layout.paragraphs, par))
      write_line(p, l, name, out);
    out << "    </p>\n";
  }

  void write_line(const page& p, std::size_t line, const std::string& name, outbox& out) const {
    const auto& unit = p.layout.lines[line];
    out << "     <span class='ocr_line' id='line_" << name << '_' << std::to_string(line + 1) << "' title='"
        << box_of(p, unit.box) << "; " << baseline_of(unit.box) << "; x_size " << decimal(height_of(unit.box), 2)
        << "'>";
    const auto last = unit.end - 1;
    for (const auto w : children(p.layout.lines, line)) {
      write_word(p, w, name, out);
      if (w != last && has_space_after(p, w))
        out << ' ';
    }
    out << "</span>\n";
  }

  void write_word(const page& p, std::size_t word, const std::string& name, outbox& out) const {
    const auto& unit = p.layout.words[word];
    const auto text = text_of_word(p, word);
    out << "<span class='ocrx_word' id='word_" << name << '_' << std::to_string(word + 1) << '\''
        << direction(runs_right_to_left(text)) << " title='" << box_of(p, unit.box) << "; x_wconf "
        << percent(unit.confidence) << "'>";
    if (!symbols_)
      out << xml_escaped(text);
    else
      write_symbols(p, word, out);
    out << "</span>";
  }

  static void write_symbols(const page& p, std::size_t word, outbox& out) {
    for (const auto i : children(p.layout.words, word)) {
      const auto& s = p.read.symbols[i];
      out << "<span class='ocrx_cinfo' title='x_bboxes " << corners(inside(p, s.box)) << "; x_confs "
          << decimal(double{s.confidence} * 100, 2) << "'>" << xml_escaped(s.text) << "</span>";
    }
    if (ends_with_hyphen(p, word))
      out << '-';
  }

  job_extract job_;
  bool symbols_;
};

} // namespace

std::unique_ptr<renderer> make_hocr_renderer(job_extract job, bool symbols) {
  return std::make_unique<hocr_renderer>(std::move(job), symbols);
}

} // namespace glyphgate::http
