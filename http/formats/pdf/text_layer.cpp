#include "http/formats/pdf/text_layer.hpp"

#include "http/formats/numbers.hpp"
#include "http/formats/pdf/glyphless_font.hpp"
#include "http/formats/pdf/pdf_file.hpp"

#include <algorithm>
#include <cmath>

namespace glyphgate::http {

namespace {

// Place and direction in a PDF: points, upwards.
struct vector {
  double x = 0;
  double y = 0;
};

vector operator-(const vector& a, const vector& b) {
  return {a.x - b.x, a.y - b.y};
}

double dot(const vector& a, const vector& b) {
  return a.x * b.x + a.y * b.y;
}

/// The lower side of a word's box, from where its text begins.
struct baseline {
  vector begin;
  vector end;
  /// Of length 1; across is to the upper side.
  vector along;
  vector across;
  /// Points, above 0.
  double length = 0;
  double height = 0;
};

vector unit(const vector& v, const vector& otherwise) {
  const auto length = std::hypot(v.x, v.y);
  return length > 0 ? vector{v.x / length, v.y / length} : otherwise;
}

baseline baseline_of(const page& p, const bounding_quad& quad, bool right_to_left, double scale) {
  const auto point_at = [&](const pixel_point& at) { return vector{at.x * scale, (double(p.height) - at.y) * scale}; };
  const auto left = point_at(quad.corners[3]);
  const auto right = point_at(quad.corners[2]);
  const auto rightwards = unit(right - left, {1, 0});
  baseline line;
  line.begin = right_to_left ? right : left;
  line.end = right_to_left ? left : right;
  line.along = right_to_left ? vector{-rightwards.x, -rightwards.y} : rightwards;
  line.across = {-rightwards.y, rightwards.x};
  line.length = std::max(scale, std::hypot(right.x - left.x, right.y - left.y));
  line.height = std::max(scale, height_of(quad) * scale);
  return line;
}

std::string number(double value) {
  return decimal(value, 3);
}

// What stretches so many glyphs of that size to that length, percent.
double stretch(double length, double size, std::size_t glyphs) {
  return length / (size * glyph_width / 1000 * static_cast<double>(glyphs)) * 100;
}

class layer_writer {
public:
  layer_writer(const page& p, double scale, character_numbers& characters)
      : page_{p},
        scale_{scale},
        characters_{characters} {}

  std::string write() {
    text_ = "BT\n3 Tr\n";
    for (const auto l : all_of(page_.layout.lines)) {
      const auto last = page_.layout.lines[l].end - 1;
      for (const auto w : children(page_.layout.lines, l))
        write_word(w, w != last && has_space_after(page_, w));
    }
    return text_ + "ET\n";
  }

private:
  void write_word(std::size_t word, bool has_space) {
    const auto content = text_of_word(page_, word);
    const auto shown = glyphs_of(content);
    if (shown.empty())
      return;
    const bool right_to_left = runs_right_to_left(content);
    const auto line = baseline_of(page_, page_.layout.words[word].box, right_to_left, scale_);
    for (const auto value : {line.along.x, line.along.y, line.across.x, line.across.y})
      text_ += decimal(value, 5) + ' ';
    text_ += number(line.begin.x) + ' ' + number(line.begin.y) + " Tm\n";
    show(line, line.length, shown);
    if (!has_space)
      return;
    // As far as the next word, if that is further on.
    const auto next = baseline_of(page_, page_.layout.words[word + 1].box, right_to_left, scale_);
    show(line, std::max(scale_, dot(next.begin - line.end, line.along)), glyphs_of(" "));
  }

  void show(const baseline& line, double length, const std::string& glyphs) {
    constexpr std::size_t digits_of_glyph = 4;
    text_ += "/F " + number(line.height) + " Tf " +
             number(stretch(length, line.height, glyphs.size() / digits_of_glyph)) + " Tz <" + glyphs + "> Tj\n";
  }

  std::string glyphs_of(std::string_view content) {
    std::string glyphs;
    for (const auto c : code_points(content))
      if (c >= U' ')
        glyphs += utf16_hex(characters_.number_of(c));
    return glyphs;
  }

  const page& page_;
  double scale_;
  character_numbers& characters_;
  std::string text_;
};

} // namespace

std::uint16_t character_numbers::number_of(char32_t code_point) {
  if (const auto found = numbers_.find(code_point); found != numbers_.end())
    return found->second;
  if (characters_.size() == UINT16_MAX)
    return 0;
  characters_.push_back(code_point);
  const auto number = static_cast<std::uint16_t>(characters_.size());
  numbers_.emplace(code_point, number);
  return number;
}

std::string character_numbers::to_unicode() const {
  // A section has 100 entries at most.
  constexpr std::size_t most = 100;
  std::string map = "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
                    "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
                    "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
                    "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n";
  for (std::size_t first = 0; first < characters_.size(); first += most) {
    const auto count = std::min(most, characters_.size() - first);
    map += std::to_string(count) + " beginbfchar\n";
    for (std::size_t i = first; i < first + count; ++i)
      map += '<' + utf16_hex(static_cast<char32_t>(i + 1)) + "> <" + utf16_hex(characters_[i]) + ">\n";
    map += "endbfchar\n";
  }
  return map + "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n";
}

std::string text_layer(const page& p, double scale, character_numbers& characters) {
  return layer_writer{p, scale, characters}.write();
}

} // namespace glyphgate::http
