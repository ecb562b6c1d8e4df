#include "http/formats/page_xml.hpp"

#include "http/formats/escape.hpp"
#include "http/formats/numbers.hpp"
#include "http/formats/page.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace glyphgate::http {

namespace {

std::string point(const pixel_point& at) {
  return std::to_string(at.x) + ',' + std::to_string(at.y);
}

std::string coords_of(const page& p, const bounding_quad& quad) {
  std::string coords = "<Coords points=\"";
  for (const auto& corner : inside(p, quad).corners)
    coords += (coords.back() == '"' ? "" : " ") + point(corner);
  return coords + "\"/>";
}

std::string text_equivalent(std::string_view text, float confidence) {
  return "<TextEquiv conf=\"" + decimal(double{confidence}, 4) + "\"><Unicode>" + xml_escaped(text) +
         "</Unicode></TextEquiv>";
}

std::string_view direction_of(std::string_view text) {
  return runs_right_to_left(text) ? " readingDirection=\"right-to-left\"" : "";
}

std::string region(std::size_t paragraph) {
  return "region_" + std::to_string(paragraph + 1);
}

class page_xml_renderer : public renderer {
public:
  page_xml_renderer(job_extract job, bool symbols) : job_{std::move(job)}, symbols_{symbols} {}

  void render(std::size_t number, outbox& out) override {
    const auto p = page_of(job_.picture(number), number);
    const auto time = to_rfc3339(job_.completed_at);
    out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
           "<PcGts xmlns=\"http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15\" "
           "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
           "xsi:schemaLocation=\"http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15 "
           "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15/pagecontent.xsd\">\n"
           " <Metadata><Creator>glyphgate</Creator><Created>"
        << time << "</Created><LastChange>" << time << "</LastChange>";
    if (!p.error.empty())
      out << "<Comments>not read: " << xml_escaped(on_one_line(p.error)) << "</Comments>";
    out << "</Metadata>\n <Page imageFilename=\"" << xml_escaped(p.name) << "\" imageWidth=\""
        << std::to_string(p.width) << "\" imageHeight=\"" << std::to_string(p.height) << "\">\n";
    write_order(p, out);
    for (const auto par : all_of(p.layout.paragraphs))
      write_paragraph(p, par, out);
    out << " </Page>\n</PcGts>\n";
  }

private:
  static void write_order(const page& p, outbox& out) {
    if (p.layout.blocks.empty())
      return;
    out << "  <ReadingOrder><OrderedGroup id=\"order\">\n";
    for (const auto b : all_of(p.layout.blocks)) {
      out << "   <OrderedGroupIndexed id=\"block_" << std::to_string(b + 1) << "\" index=\"" << std::to_string(b)
          << "\">";
      for (std::size_t index = 0; const auto par : children(p.layout.blocks, b))
        out << "<RegionRefIndexed index=\"" << std::to_string(index++) << "\" regionRef=\"" << region(par) << "\"/>";
      out << "</OrderedGroupIndexed>\n";
    }
    out << "  </OrderedGroup></ReadingOrder>\n";
  }

  void write_paragraph(const page& p, std::size_t par, outbox& out) const {
    const auto& unit = p.layout.paragraphs[par];
    std::string text;
    for (const auto l : children(p.layout.paragraphs, par))
      text += (text.empty() ? "" : "\n") + text_of_line(p, l);
    out << "  <TextRegion id=\"" << region(par) << "\" type=\"paragraph\"" << direction_of(text) << ">"
        << coords_of(p, unit.box) << '\n';
    for (const auto l : children(p.layout.paragraphs, par))
      write_line(p, l, out);
    out << "   " << text_equivalent(text, unit.confidence) << "\n  </TextRegion>\n";
  }

  void write_line(const page& p, std::size_t line, outbox& out) const {
    const auto& unit = p.layout.lines[line];
    const auto corners = inside(p, unit.box).corners;
    out << "   <TextLine id=\"line_" << std::to_string(line + 1) << "\">" << coords_of(p, unit.box)
        << "<Baseline points=\"" << point(corners[3]) << ' ' << point(corners[2]) << "\"/>\n";
    for (const auto w : children(p.layout.lines, line))
      write_word(p, w, out);
    out << "    " << text_equivalent(text_of_line(p, line), unit.confidence) << "\n   </TextLine>\n";
  }

  void write_word(const page& p, std::size_t word, outbox& out) const {
    const auto& unit = p.layout.words[word];
    out << "    <Word id=\"word_" << std::to_string(word + 1) << "\">" << coords_of(p, unit.box);
    if (symbols_)
      for (const auto i : children(p.layout.words, word))
        out << "<Glyph id=\"glyph_" << std::to_string(i + 1) << "\">" << coords_of(p, quad_of_symbol(p.read, i))
            << text_equivalent(p.read.symbols[i].text, p.read.symbols[i].confidence) << "</Glyph>";
    out << text_equivalent(text_of_word(p, word), unit.confidence) << "</Word>\n";
  }

  job_extract job_;
  bool symbols_;
};

} // namespace

std::unique_ptr<renderer> make_page_xml_renderer(job_extract job, bool symbols) {
  return std::make_unique<page_xml_renderer>(std::move(job), symbols);
}

} // namespace glyphgate::http
