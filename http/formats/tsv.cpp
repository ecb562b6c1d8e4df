#include "http/formats/tsv.hpp"

#include "http/formats/escape.hpp"
#include "http/formats/numbers.hpp"
#include "http/formats/page.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace glyphgate::http {

namespace {

/// A row's place: its level, and the numbers of its page, block, paragraph, line and word, from 1; 0 below its level.
using place = std::array<std::size_t, 6>;

void write_row(outbox& out, const place& at, const bounding_box& box, std::string_view confidence,
               std::string_view text) {
  for (const auto number : at)
    out << std::to_string(number) << '\t';
  for (const auto number : {box.x, box.y, box.width, box.height})
    out << std::to_string(number) << '\t';
  out << confidence << '\t' << text << '\n';
}

class tsv_renderer : public renderer {
public:
  explicit tsv_renderer(job_extract job) : job_{std::move(job)} {}

  void begin(outbox& out) override {
    out << "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n";
  }

  void render(std::size_t number, outbox& out) override {
    const auto p = page_of(job_.picture(number), number);
    const auto failure = p.error.empty() ? "" : "[" + tsv_escaped(p.name) + ": " + tsv_escaped(p.error) + "]";
    place at{1, number + 1};
    write_row(out, at, {0, 0, static_cast<std::int32_t>(p.width), static_cast<std::int32_t>(p.height)}, "-1", failure);
    for (const auto b : all_of(p.layout.blocks)) {
      begin_unit(2, at, p, p.layout.blocks[b], out);
      for (const auto par : children(p.layout.blocks, b)) {
        begin_unit(3, at, p, p.layout.paragraphs[par], out);
        for (const auto l : children(p.layout.paragraphs, par)) {
          begin_unit(4, at, p, p.layout.lines[l], out);
          for (const auto w : children(p.layout.lines, l))
            write_word(at, p, w, out);
        }
      }
    }
  }

private:
  // Moves on to the next unit of that level.
  static void step(std::size_t level, place& at) {
    at[0] = level;
    ++at[level];
    for (std::size_t below = level + 1; below < at.size(); ++below)
      at[below] = 0;
  }

  static void begin_unit(std::size_t level, place& at, const page& p, const text_unit& unit, outbox& out) {
    step(level, at);
    write_row(out, at, inside(p, hull_of(unit.box)), "-1", "");
  }

  static void write_word(place& at, const page& p, std::size_t word, outbox& out) {
    step(5, at);
    const auto& unit = p.layout.words[word];
    write_row(out, at, inside(p, hull_of(unit.box)), decimal(double{unit.confidence} * 100, 2),
              tsv_escaped(text_of_word(p, word)));
  }

  job_extract job_;
};

} // namespace

std::unique_ptr<renderer> make_tsv_renderer(job_extract job) {
  return std::make_unique<tsv_renderer>(std::move(job));
}

} // namespace glyphgate::http
