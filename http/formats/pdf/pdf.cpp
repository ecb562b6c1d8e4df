#include "http/formats/pdf/pdf.hpp"

#include "core/digest.hpp"
#include "http/formats/escape.hpp"
#include "http/formats/numbers.hpp"
#include "http/formats/page.hpp"
#include "http/formats/pdf/glyphless_font.hpp"
#include "http/formats/pdf/jpeg_facts.hpp"
#include "http/formats/pdf/pdf_file.hpp"
#include "http/formats/pdf/srgb_profile.hpp"
#include "http/formats/pdf/text_layer.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace glyphgate::http {

namespace {

constexpr double points_per_inch = 72;
// What a page may measure, points (ISO 32000-1, annex C; ISO 19005-2, 6.1.13).
constexpr double least_side = 3;
constexpr double most_side = 14400;
// Of a page without a picture: A4.
constexpr double blank_width = 595;
constexpr double blank_height = 842;

/// What a page shows.
struct shown_picture {
  std::string jpeg;
  jpeg_facts facts{};
  std::uint8_t orientation = 1;
  /// Why there is none; empty where there is.
  std::string error;
};

struct sheet {
  double width = blank_width;
  double height = blank_height;
  /// Points for a pixel.
  double scale = 1;
};

sheet sheet_of(const page& p, double density) {
  if (p.width == 0 || p.height == 0)
    return {};
  const auto [shorter, longer] = std::minmax(p.width, p.height);
  auto scale = points_per_inch / density;
  scale = std::max(scale, least_side / shorter);
  scale = std::min(scale, most_side / longer);
  return {std::max(least_side, p.width * scale), std::max(least_side, p.height * scale), scale};
}

// Lays a stored picture, which PDF shows in a square of side 1, over the sheet: by its EXIF orientation.
std::string placement_of(const sheet& s, std::uint8_t orientation) {
  const auto w = s.width;
  const auto h = s.height;
  const std::array<std::array<double, 6>, 8> ways{{{w, 0, 0, h, 0, 0},
                                                   {-w, 0, 0, h, w, 0},
                                                   {-w, 0, 0, -h, w, h},
                                                   {w, 0, 0, -h, 0, h},
                                                   {0, -h, -w, 0, w, h},
                                                   {0, -h, w, 0, 0, h},
                                                   {0, h, w, 0, 0, 0},
                                                   {0, h, -w, 0, w, 0}}};
  std::string matrix;
  for (const auto value : ways[orientation >= 1 && orientation <= 8 ? orientation - 1U : 0U])
    matrix += decimal(value, 3) + ' ';
  return matrix;
}

std::string image_entries(const jpeg_facts& facts) {
  std::string entries = "/Type /XObject /Subtype /Image /Width " + std::to_string(facts.width) + " /Height " +
                        std::to_string(facts.height) + " /BitsPerComponent 8 /Filter /DCTDecode /ColorSpace ";
  switch (facts.components) {
  case 1: return entries + "/DeviceGray";
  case 3: return entries + "/DeviceRGB" + (facts.is_rgb ? " /DecodeParms << /ColorTransform 0 >>" : "");
  default: return entries + "/DeviceCMYK" + (facts.has_adobe ? " /Decode [1 0 1 0 1 0 1 0]" : "");
  }
}

class pdf_renderer : public renderer {
public:
  pdf_renderer(job_extract job, std::shared_ptr<const kept_pictures> kept, draw_jpeg draw,
               std::optional<double> density)
      : job_{std::move(job)},
        kept_{std::move(kept)},
        draw_{std::move(draw)},
        density_{density} {}

  void begin(outbox& out) override {
    file_.emplace(out);
    file_->begin();
    catalogue_ = file_->reserve();
    pages_ = file_->reserve();
    font_ = file_->reserve();
    outline_ = file_->reserve();
  }

  void render(std::size_t number, outbox&) override {
    const auto p = page_of(job_.picture(number), number);
    auto shown = picture_at(job_.only.value_or(0) + number);
    const auto s = sheet_of(p, density_of(shown));
    const auto leaf = file_->reserve();
    const auto content = file_->reserve();
    std::string resources = "<< /Font << /F " + reference(font_) + " >>";
    std::string drawn;
    if (!shown.jpeg.empty()) {
      const auto image = file_->reserve();
      has_inks_ |= shown.facts.components == 4;
      resources += " /XObject << /I " + reference(image) + " >>";
      drawn = "q " + placement_of(s, shown.orientation) + "cm /I Do Q\n";
      const auto owner = std::make_shared<const std::string>(std::move(shown.jpeg));
      file_->write_stream(image, image_entries(shown.facts), held_bytes{*owner, owner});
    }
    file_->write_packed(content, "", drawn + text_layer(p, s.scale, characters_));
    file_->write(leaf, "<< /Type /Page /Parent " + reference(pages_) + " /MediaBox [0 0 " + decimal(s.width, 3) + ' ' +
                           decimal(s.height, 3) + "] /Resources " + resources + " >> /Contents " + reference(content) +
                           " >>");
    leaves_.push_back(leaf);
    titles_.push_back(title_of(p, shown));
  }

  void end(outbox&) override {
    write_font();
    write_outline();
    std::string kids;
    for (const auto leaf : leaves_)
      kids += reference(leaf) + ' ';
    file_->write(pages_, "<< /Type /Pages /Count " + std::to_string(leaves_.size()) + " /Kids [" + kids + "] >>");
    const auto metadata = file_->reserve();
    file_->write_stream(metadata, "/Type /Metadata /Subtype /XML", metadata_text());
    const auto profile = file_->reserve();
    file_->write_packed(profile, "/N 3", srgb_profile());
    file_->write(catalogue_, "<< /Type /Catalog /Pages " + reference(pages_) + " /Outlines " + reference(outline_) +
                                 " /Metadata " + reference(metadata) +
                                 " /OutputIntents [<< /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier "
                                 "(sRGB IEC61966-2.1) /Info (sRGB IEC61966-2.1) /DestOutputProfile " +
                                 reference(profile) + " >>] >>");
    file_->end(catalogue_, to_hex(sha256(job_.id + to_rfc3339(job_.completed_at))).substr(0, 32));
  }

private:
  shown_picture picture_at(std::size_t position) const {
    shown_picture shown;
    const auto& entry = kept_->entries().at(position);
    if (entry.size == 0) {
      shown.error = "there is no picture";
      return shown;
    }
    shown.jpeg = kept_->read(position);
    if (shown.jpeg.empty()) {
      shown.error = "its picture is lost";
      return shown;
    }
    shown.orientation = entry.info.orientation;
    if (const auto facts = facts_of_jpeg(shown.jpeg)) {
      shown.facts = *facts;
      return shown;
    }
    return drawn(entry.info, std::move(shown.jpeg));
  }

  shown_picture drawn(const picture_info& info, std::string file) const {
    shown_picture shown;
    auto made = draw_({"", make_picture_bytes(std::move(file)), info, {}});
    shown.error = std::move(made.error);
    if (const auto facts = facts_of_jpeg(made.bytes)) {
      shown.facts = *facts;
      shown.facts.density = 0;
      shown.jpeg = std::move(made.bytes);
    }
    return shown;
  }

  double density_of(const shown_picture& shown) const {
    if (density_)
      return *density_;
    const auto own = shown.facts.density;
    return own >= least_density && own <= most_density ? own : usual_density;
  }

  static std::string title_of(const page& p, const shown_picture& shown) {
    auto title = on_one_line(p.name);
    if (!p.error.empty())
      title += " (not read: " + on_one_line(p.error) + ')';
    if (!shown.error.empty())
      title += " (not shown: " + on_one_line(shown.error) + ')';
    return title;
  }

  void write_font() {
    const auto descendant = file_->reserve();
    const auto descriptor = file_->reserve();
    const auto program = file_->reserve();
    const auto glyphs = file_->reserve();
    const auto unicode = file_->reserve();
    file_->write(font_, "<< /Type /Font /Subtype /Type0 /BaseFont /Glyphless /Encoding /Identity-H /DescendantFonts [" +
                            reference(descendant) + "] /ToUnicode " + reference(unicode) + " >>");
    file_->write(descendant,
                 "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Glyphless /CIDSystemInfo << /Registry (Adobe) "
                 "/Ordering (Identity) /Supplement 0 >> /FontDescriptor " +
                     reference(descriptor) + " /DW " + std::to_string(glyph_width) + " /CIDToGIDMap " +
                     reference(glyphs) + " >>");
    // A descent of 0 would be taken for one that is missing.
    file_->write(descriptor, "<< /Type /FontDescriptor /FontName /Glyphless /Flags 4 /FontBBox [0 0 " +
                                 std::to_string(glyph_width) +
                                 " 1000] /ItalicAngle 0 /Ascent 1000 /Descent -1 /CapHeight 1000 /StemV 80 "
                                 "/FontFile2 " +
                                 reference(program) + " >>");
    const auto& font = glyphless_font();
    file_->write_packed(program, "/Length1 " + std::to_string(font.size()), font);
    // Every character is glyph 1.
    std::string all;
    for (int i = 0; i < 0x10000; ++i)
      all.append({'\0', '\1'});
    file_->write_packed(glyphs, "", all);
    file_->write_packed(unicode, "", characters_.to_unicode());
  }

  void write_outline() {
    std::vector<int> items;
    for (std::size_t i = 0; i < leaves_.size(); ++i)
      items.push_back(file_->reserve());
    for (std::size_t i = 0; i < items.size(); ++i)
      file_->write(items[i], "<< /Title " + pdf_text(titles_[i]) + " /Parent " + reference(outline_) + " /Dest [" +
                                 reference(leaves_[i]) + " /Fit]" +
                                 (i == 0 ? "" : " /Prev " + reference(items[i - 1])) +
                                 (i + 1 == items.size() ? "" : " /Next " + reference(items[i + 1])) + " >>");
    file_->write(outline_, "<< /Type /Outlines /Count " + std::to_string(items.size()) + " /First " +
                               reference(items.front()) + " /Last " + reference(items.back()) + " >>");
  }

  std::string metadata_text() const {
    const auto time = to_rfc3339(job_.completed_at);
    return "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
           "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
           "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
           "<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" "
           "xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\" "
           "xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\">\n"
           "<dc:format>application/pdf</dc:format>\n"
           "<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">" +
           xml_escaped(job_.id) +
           "</rdf:li></rdf:Alt></dc:title>\n"
           "<xmp:CreateDate>" +
           time + "</xmp:CreateDate>\n<xmp:ModifyDate>" + time + "</xmp:ModifyDate>\n<xmp:MetadataDate>" + time +
           "</xmp:MetadataDate>\n<xmp:CreatorTool>glyphgate</xmp:CreatorTool>\n"
           "<pdf:Producer>glyphgate</pdf:Producer>\n" +
           (has_inks_ ? "" : "<pdfaid:part>2</pdfaid:part>\n<pdfaid:conformance>B</pdfaid:conformance>\n") +
           "</rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"w\"?>";
  }

  job_extract job_;
  std::shared_ptr<const kept_pictures> kept_;
  draw_jpeg draw_;
  std::optional<double> density_;
  std::optional<pdf_file> file_;
  character_numbers characters_;
  int catalogue_ = 0;
  int pages_ = 0;
  int font_ = 0;
  int outline_ = 0;
  /// The pages' objects and what the outline calls them.
  std::vector<int> leaves_;
  std::vector<std::string> titles_;
  bool has_inks_ = false;
};

} // namespace

std::unique_ptr<renderer> make_pdf_renderer(job_extract job, std::shared_ptr<const kept_pictures> kept, draw_jpeg draw,
                                            std::optional<double> density) {
  return std::make_unique<pdf_renderer>(std::move(job), std::move(kept), std::move(draw), density);
}

} // namespace glyphgate::http
