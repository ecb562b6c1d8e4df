#include "http/formats/alto.hpp"

#include "core/utf8.hpp"
#include "http/formats/escape.hpp"
#include "http/formats/numbers.hpp"
#include "http/formats/page.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace glyphgate::http {

namespace {

std::string place_of(const bounding_box& box) {
  return " HPOS=\"" + std::to_string(box.x) + "\" VPOS=\"" + std::to_string(box.y) + "\" WIDTH=\"" +
         std::to_string(box.width) + "\" HEIGHT=\"" + std::to_string(box.height) + '"';
}

// Upright text needs no more than its box.
std::string shape_of(const page& p, const bounding_quad& quad) {
  if (is_upright(quad))
    return {};
  std::string shape = "<Shape><Polygon POINTS=\"";
  for (const auto& corner : inside(p, quad).corners)
    shape += (shape.back() == '"' ? "" : " ") + std::to_string(corner.x) + ',' + std::to_string(corner.y);
  return shape + "\"/></Shape>";
}

std::string language_attribute(const page& p, const text_unit& unit) {
  const auto language = language_tag(language_of(p, unit));
  return language.empty() ? "" : " LANG=\"" + std::string{language} + '"';
}

std::string_view ending(bool has_children) {
  return has_children ? ">" : "/>";
}

class alto_renderer : public renderer {
public:
  alto_renderer(job_extract job, bool symbols) : job_{std::move(job)}, symbols_{symbols} {}

  void begin(outbox& out) override {
    out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
           "<alto xmlns=\"http://www.loc.gov/standards/alto/ns-v4#\" "
           "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
           "xsi:schemaLocation=\"http://www.loc.gov/standards/alto/ns-v4# "
           "http://www.loc.gov/standards/alto/v4/alto-4-4.xsd\">\n"
           " <Description>\n  <MeasurementUnit>pixel</MeasurementUnit>\n";
    if (job_.pages() == 1)
      out << "  <sourceImageInformation><fileName>" << xml_escaped(job_.picture(0).id)
          << "</fileName></sourceImageInformation>\n";
    for (std::size_t i = 0; i < job_.pages(); ++i)
      write_processing(i, out);
    out << " </Description>\n <Layout>\n";
  }

  void render(std::size_t number, outbox& out) override {
    const auto p = page_of(job_.picture(number), number);
    const auto name = std::to_string(number + 1);
    const auto size = " WIDTH=\"" + std::to_string(p.width) + "\" HEIGHT=\"" + std::to_string(p.height) + '"';
    out << "  <Page ID=\"page_" << name << "\" PHYSICAL_IMG_NR=\"" << name << "\" PROCESSINGREFS=\"image_" << name
        << '"' << size << ">\n   <PrintSpace HPOS=\"0\" VPOS=\"0\"" << size << ">\n";
    for (const auto b : all_of(p.layout.blocks)) {
      const auto& block = p.layout.blocks[b];
      out << "    <ComposedBlock ID=\"block_" << name << '_' << std::to_string(b + 1) << '"'
          << place_of(inside(p, hull_of(block.box))) << '>' << shape_of(p, block.box) << '\n';
      for (const auto par : children(p.layout.blocks, b))
        write_paragraph(p, par, name, out);
      out << "    </ComposedBlock>\n";
    }
    out << "   </PrintSpace>\n  </Page>\n";
  }

  void end(outbox& out) override { out << " </Layout>\n</alto>\n"; }

private:
  void write_processing(std::size_t number, outbox& out) const {
    const auto& picture = job_.picture(number);
    out << "  <Processing ID=\"image_" << std::to_string(number + 1) << "\"><processingStepDescription>"
        << xml_escaped(picture.id) << "</processingStepDescription>";
    if (!picture.outcome.recognised)
      out << "<processingStepDescription>not read: " << xml_escaped(on_one_line(picture.outcome.error))
          << "</processingStepDescription>";
    out << "<processingSoftware><softwareName>glyphgate</softwareName></processingSoftware></Processing>\n";
  }

  void write_paragraph(const page& p, std::size_t par, const std::string& name, outbox& out) const {
    const auto& unit = p.layout.paragraphs[par];
    out << "     <TextBlock ID=\"par_" << name << '_' << std::to_string(par + 1) << '"'
        << place_of(inside(p, hull_of(unit.box))) << language_attribute(p, unit) << '>' << shape_of(p, unit.box)
        << '\n';
    for (const auto l : children(p.layout.paragraphs, par))
      write_line(p, l, name, out);
    out << "     </TextBlock>\n";
  }

  void write_line(const page& p, std::size_t line, const std::string& name, outbox& out) const {
    const auto& unit = p.layout.lines[line];
    out << "      <TextLine ID=\"line_" << name << '_' << std::to_string(line + 1) << '"'
        << place_of(inside(p, hull_of(unit.box))) << '>' << shape_of(p, unit.box) << '\n';
    const auto last = unit.end - 1;
    for (const auto w : children(p.layout.lines, line)) {
      write_word(p, w, name, out);
      if (w != last && has_space_after(p, w))
        out << "       <SP/>\n";
    }
    if (ends_with_hyphen(p, last))
      out << "       <HYP CONTENT=\"-\"/>\n";
    out << "      </TextLine>\n";
  }

  void write_word(const page& p, std::size_t word, const std::string& name, outbox& out) const {
    const auto& unit = p.layout.words[word];
    const auto inner = shape_of(p, unit.box) + (symbols_ ? glyphs_of(p, word) : "");
    out << "       <String ID=\"word_" << name << '_' << std::to_string(word + 1) << "\" CONTENT=\""
        << xml_escaped(symbols_of_word(p, word)) << '"' << place_of(inside(p, hull_of(unit.box))) << " WC=\""
        << decimal(double{unit.confidence}, 4) << '"' << ending(!inner.empty()) << inner
        << (inner.empty() ? "\n" : "</String>\n");
  }

  // A Glyph holds one character.
  static std::string glyphs_of(const page& p, std::size_t word) {
    std::string glyphs;
    for (const auto i : children(p.layout.words, word)) {
      const auto& s = p.read.symbols[i];
      if (s.text.empty() || utf8_length(s.text) != s.text.size())
        continue;
      glyphs += "<Glyph CONTENT=\"" + xml_escaped(s.text) + '"' + place_of(inside(p, s.box)) + " GC=\"" +
                decimal(double{s.confidence}, 4) + "\">" + shape_of(p, quad_of_symbol(p.read, i)) + "</Glyph>";
    }
    return glyphs;
  }

  job_extract job_;
  bool symbols_;
};

} // namespace

std::unique_ptr<renderer> make_alto_renderer(job_extract job, bool symbols) {
  return std::make_unique<alto_renderer>(std::move(job), symbols);
}

} // namespace glyphgate::http
