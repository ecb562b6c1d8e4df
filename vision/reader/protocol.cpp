#include "vision/reader/protocol.hpp"

#include "core/packed.hpp"
#include "core/recognition_codec.hpp"
#include "core/utf8.hpp"

#include <algorithm>
#include <utility>

namespace glyphgate::vision::protocol {

namespace {

enum class task_kind : std::uint8_t { draw, read, sift, look };
enum class answer_kind : std::uint8_t {
  drawn,
  no_montage,
  picture_read,
  engine_failed,
  sifted,
  document_facts,
  no_document
};
enum class verdict_kind : std::uint8_t { travels, answered, repeats };

// More would be no message for a person.
constexpr std::size_t longest_text = 4096;
// A picture's place, encoded, bytes.
constexpr std::size_t least_place = 7;

void put(packed_writer& to, const picture_place& place) {
  const auto& info = place.info;
  for (const std::uint64_t number :
       {std::uint64_t{static_cast<std::uint8_t>(info.format)}, std::uint64_t{info.width}, std::uint64_t{info.height},
        std::uint64_t{info.orientation}, std::uint64_t{info.page}, place.offset, place.size})
    to.number(number);
}

picture_place take_place(packed_reader& from, std::uint64_t room) {
  picture_place place;
  place.info.format = static_cast<picture_format>(from.number());
  place.info.width = from.number32();
  place.info.height = from.number32();
  place.info.orientation = static_cast<std::uint8_t>(from.number());
  place.info.page = from.number32();
  place.offset = from.number();
  place.size = from.number();
  if (place.offset > room || place.size > room - place.offset)
    throw damaged_bytes{};
  return place;
}

void put(packed_writer& to, const std::vector<std::string>& texts) {
  to.number(texts.size());
  for (const auto& text : texts)
    to.text(text);
}

std::vector<std::string> take_texts(packed_reader& from) {
  std::vector<std::string> texts(from.count(1));
  for (auto& text : texts)
    text = from.text();
  return texts;
}

/// A text for people, which a hostile reader may have made up.
std::string take_text(packed_reader& from) {
  const auto text = from.text();
  if (text.size() > longest_text || !is_utf8(text))
    throw damaged_bytes{};
  return std::string{text};
}

void put(packed_writer& to, const std::vector<picture_note>& notes) {
  to.number(notes.size());
  for (const auto& note : notes) {
    to.number(note.picture);
    to.text(note.text);
  }
}

/// One a picture at most, in their order, none empty.
std::vector<picture_note> take_notes(packed_reader& from, std::size_t pictures) {
  std::vector<picture_note> notes(from.count(2));
  std::size_t next = 0;
  for (auto& note : notes) {
    note.picture = from.number();
    note.text = take_text(from);
    if (note.picture < next || note.picture >= pictures || note.text.empty())
      throw damaged_bytes{};
    next = note.picture + 1;
  }
  return notes;
}

void put(packed_writer& to, const draw_task& t) {
  to.number(t.pictures.size());
  for (const auto& place : t.pictures)
    put(to, place);
  to.number(t.limits.bounds.height);
  to.number(t.limits.bounds.pixels);
  to.number(t.limits.bytes);
  put(to, t.given_up);
}

draw_task take_draw_task(packed_reader& from, std::uint64_t room) {
  draw_task t;
  t.pictures.resize(from.count(least_place));
  for (auto& place : t.pictures)
    place = take_place(from, room);
  t.limits.bounds.height = from.number();
  t.limits.bounds.pixels = from.number();
  t.limits.bytes = from.number();
  t.given_up = take_notes(from, t.pictures.size());
  return t;
}

void put(packed_writer& to, const read_task& t) {
  put(to, t.picture);
  to.byte(static_cast<std::uint8_t>(t.how.engine));
  put(to, t.how.languages);
  put(to, t.models);
}

read_task take_read_task(packed_reader& from, std::uint64_t room) {
  read_task t;
  t.picture = take_place(from, room);
  const auto engine = from.byte();
  if (engine > static_cast<std::uint8_t>(reading_engine::both))
    throw damaged_bytes{};
  t.how.engine = static_cast<reading_engine>(engine);
  t.how.languages = take_texts(from);
  t.models = take_texts(from);
  return t;
}

void put(packed_writer& to, const sift_task& t) {
  to.number(t.pictures.size());
  for (const auto& place : t.pictures)
    put(to, place);
  to.byte(static_cast<std::uint8_t>(t.options.mode));
  to.real(t.options.confidence);
  to.byte(t.options.near_duplicates ? 1 : 0);
  to.number(t.left_out.size());
  for (const auto position : t.left_out)
    to.number(position);
  put(to, t.models);
}

sift_task take_sift_task(packed_reader& from, std::uint64_t room) {
  sift_task t;
  t.pictures.resize(from.count(least_place));
  for (auto& place : t.pictures)
    place = take_place(from, room);
  const auto mode = from.byte();
  if (mode > static_cast<std::uint8_t>(sieve_mode::confident))
    throw damaged_bytes{};
  t.options.mode = static_cast<sieve_mode>(mode);
  t.options.confidence = from.real();
  t.options.near_duplicates = from.byte() != 0;
  t.left_out.resize(from.count(1));
  for (auto& position : t.left_out)
    position = from.number();
  t.models = take_texts(from);
  return t;
}

void put(packed_writer& to, const look_task& t) {
  put(to, t.document);
  to.number(t.request.pages.runs().size());
  for (const auto& run : t.request.pages.runs()) {
    to.number(run.first);
    to.number(run.last);
  }
  to.number(t.request.dpi);
  to.byte(t.request.text ? 1 : 0);
  to.number(t.request.most_pages);
}

look_task take_look_task(packed_reader& from, std::uint64_t room) {
  look_task t;
  t.document = take_place(from, room);
  std::vector<page_run> runs(from.count(2));
  for (auto& run : runs) {
    run.first = from.number32();
    run.last = from.number32();
  }
  t.request.pages = page_selection{std::move(runs)};
  t.request.dpi = from.number32();
  t.request.text = from.byte() != 0;
  t.request.most_pages = from.number32();
  return t;
}

void put(packed_writer& to, const drawn& d) {
  const auto& made = d.made;
  to.number(static_cast<std::uint64_t>(made.way));
  to.number(static_cast<std::uint64_t>(made.quality));
  to.number(made.width);
  to.number(made.height);
  to.number(made.placements.size());
  for (const auto& place : made.placements)
    for (const std::uint64_t number : {std::uint64_t{place.picture}, std::uint64_t{place.top},
                                       std::uint64_t{place.width}, std::uint64_t{place.height}})
      to.number(number);
  put(to, made.unplaced);
  put(to, made.incomplete);
  to.number(d.as_sent ? *d.as_sent + 1 : 0);
}

/// Every picture has its place, from the top, none above another and all within the montage.
void check_places(const montage& made, const std::vector<picture_place>& pictures) {
  if (made.placements.size() != pictures.size())
    throw damaged_bytes{};
  std::uint64_t end = 0;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const auto& place = made.placements[i];
    if (place.picture != i || place.width != pictures[i].info.width || place.height != pictures[i].info.height ||
        place.top < end || place.width > made.width)
      throw damaged_bytes{};
    end = std::uint64_t{place.top} + place.height;
  }
  if (end > made.height)
    throw damaged_bytes{};
}

drawn take_drawn(packed_reader& from, const draw_task& asked) {
  constexpr std::size_t least_placement = 4;
  drawn d;
  auto& made = d.made;
  const auto way = from.number();
  const auto quality = from.number();
  if (way > static_cast<std::uint64_t>(montage_way::composed) || quality > 100)
    throw damaged_bytes{};
  made.way = static_cast<montage_way>(way);
  made.quality = static_cast<int>(quality);
  made.width = from.number32();
  made.height = from.number32();
  made.placements.resize(from.count(least_placement));
  for (auto& place : made.placements) {
    place.picture = from.number();
    place.top = from.number32();
    place.width = from.number32();
    place.height = from.number32();
  }
  check_places(made, asked.pictures);
  made.unplaced = take_notes(from, asked.pictures.size());
  made.incomplete = take_notes(from, asked.pictures.size());
  if (const auto as_sent = from.number(); as_sent > asked.pictures.size())
    throw damaged_bytes{};
  else if (as_sent > 0)
    d.as_sent = as_sent - 1;
  if (!keeps({made.width, made.height}, asked.limits.bounds) || made.unplaced.size() == asked.pictures.size())
    throw damaged_bytes{};
  return d;
}

no_montage take_no_montage(packed_reader& from) {
  no_montage none;
  none.too_many_pixels = from.byte() != 0;
  none.detail = take_text(from);
  if (none.detail.empty())
    throw damaged_bytes{};
  return none;
}

bool is_share(float confidence) {
  return confidence >= 0 && confidence <= 1;
}

bool lies_within(const bounding_quad& quad, const picture_info& info) {
  return std::ranges::all_of(quad.corners, [&](const pixel_point& corner) {
    return corner.x >= 0 && corner.y >= 0 && std::int64_t{corner.x} <= std::int64_t{info.width} &&
           std::int64_t{corner.y} <= std::int64_t{info.height};
  });
}

/// Boxes lie within the picture, and texts can be shown.
void check(const text_layout& layout, const picture_info& info) {
  for (const auto* level : {&layout.words, &layout.lines, &layout.paragraphs, &layout.blocks})
    for (const auto& unit : *level)
      if (!lies_within(unit.box, info) || !is_share(unit.confidence))
        throw damaged_bytes{};
  for (const auto& quad : layout.symbol_quads)
    if (!lies_within(quad, info))
      throw damaged_bytes{};
  for (const auto& set : layout.languages)
    for (const auto& language : set)
      if (language.code.size() > longest_text || !is_utf8(language.code) || !is_share(language.confidence))
        throw damaged_bytes{};
}

void check(const recognition& read, const picture_info& info) {
  if (read.warning.size() > longest_text || !is_utf8(read.warning) || read.engine.size() > longest_text ||
      !is_utf8(read.engine))
    throw damaged_bytes{};
  for (const auto& s : read.symbols)
    if (s.box.width < 0 || s.box.height < 0 || !lies_within(quad_of(s.box), info) || s.text.empty() ||
        s.text.size() > longest_text || !is_utf8(s.text) || !is_share(s.confidence))
      throw damaged_bytes{};
  check(read.layout, info);
}

recognition take_recognition(packed_reader& from, const picture_info& info) {
  auto read = decode_recognition(from.text());
  check(read, info);
  read.width = info.width;
  read.height = info.height;
  return read;
}

picture_read take_picture_read(packed_reader& from, const picture_info& info) {
  picture_read read;
  read.error = take_text(from);
  if (read.error.empty()) {
    read.recognised = std::make_shared<const recognition>(take_recognition(from, info));
  }
  return read;
}

/// One a picture. What repeats an earlier one repeats no repetition.
sifted take_sifted(packed_reader& from, const sift_task& asked) {
  sifted s;
  s.verdicts.resize(from.count(1));
  if (s.verdicts.size() != asked.pictures.size())
    throw damaged_bytes{};
  for (std::size_t i = 0; i < s.verdicts.size(); ++i) {
    switch (static_cast<verdict_kind>(from.byte())) {
    case verdict_kind::travels: break;
    case verdict_kind::answered:
      if (asked.options.mode == sieve_mode::off)
        throw damaged_bytes{};
      s.verdicts[i] = answered{std::make_shared<const recognition>(take_recognition(from, asked.pictures[i].info))};
      break;
    case verdict_kind::repeats: {
      const auto earlier = from.number();
      if (!asked.options.near_duplicates || earlier >= i || std::holds_alternative<repeats>(s.verdicts[earlier]))
        throw damaged_bytes{};
      s.verdicts[i] = repeats{earlier};
      break;
    }
    default: throw damaged_bytes{};
    }
  }
  return s;
}

void put(packed_writer& to, const sifted& s) {
  to.number(s.verdicts.size());
  for (const auto& verdict : s.verdicts) {
    to.byte(static_cast<std::uint8_t>(verdict.index()));
    if (const auto* here = std::get_if<answered>(&verdict))
      to.text(encode(*here->read));
    else if (const auto* again = std::get_if<repeats>(&verdict))
      to.number(again->earlier);
  }
}

void put(packed_writer& to, const document_facts& facts) {
  to.number(facts.pages);
  to.number(facts.chosen.size());
  for (const auto& page : facts.chosen) {
    to.number(page.number);
    to.number(page.width);
    to.number(page.height);
    to.text(page.error);
    to.byte(page.scan ? page.scan->orientation : std::uint8_t{0});
    if (page.scan) {
      to.number(page.scan->offset);
      to.number(page.scan->size);
    }
    to.byte(page.text ? 1 : 0);
    if (page.text)
      to.text(encode(*page.text));
  }
}

/// Where the document says that a page's JPEG is. `orientation` is not 0.
page_scan take_scan(packed_reader& from, std::uint8_t orientation, std::uint64_t file_size) {
  page_scan scan;
  scan.orientation = orientation;
  scan.offset = from.number();
  scan.size = from.number();
  const bool is_turn = orientation == 1 || orientation == 3 || orientation == 6 || orientation == 8;
  if (!is_turn || scan.size == 0 || scan.offset > file_size || scan.size > file_size - scan.offset)
    throw damaged_bytes{};
  return scan;
}

document_page take_page(packed_reader& from, const look_task& asked) {
  document_page page;
  page.number = from.number32();
  page.width = from.number32();
  page.height = from.number32();
  page.error = take_text(from);
  if (page.width == 0 || page.height == 0 || page.width > largest_page_side || page.height > largest_page_side)
    throw damaged_bytes{};
  if (const auto orientation = from.byte(); orientation != 0)
    page.scan = take_scan(from, orientation, asked.document.size);
  if (from.byte() != 0) {
    picture_info drawn_page;
    drawn_page.width = page.width;
    drawn_page.height = page.height;
    page.text = std::make_shared<const recognition>(take_recognition(from, drawn_page));
  }
  return page;
}

/// All pages that are meant, in their order, or none where they cannot be had.
document_facts take_facts(packed_reader& from, const look_task& asked) {
  constexpr std::size_t least_page = 6;
  document_facts facts;
  facts.pages = from.number32();
  facts.chosen.resize(from.count(least_page));
  const bool none = refuse_pages(asked.request, facts.pages, "").has_value();
  if (facts.chosen.size() != (none ? 0 : asked.request.pages.count(facts.pages)))
    throw damaged_bytes{};
  std::uint32_t last = 0;
  for (auto& page : facts.chosen) {
    page = take_page(from, asked);
    if (page.number <= last || page.number > facts.pages || !asked.request.pages.has(page.number))
      throw damaged_bytes{};
    last = page.number;
  }
  return facts;
}

no_document take_no_document(packed_reader& from) {
  no_document none{take_text(from)};
  if (none.detail.empty())
    throw damaged_bytes{};
  return none;
}

answer take_answer(packed_reader& from, const task& asked) {
  const auto kind = static_cast<answer_kind>(from.byte());
  if (const auto* look = std::get_if<look_task>(&asked)) {
    if (kind == answer_kind::document_facts)
      return take_facts(from, *look);
    if (kind == answer_kind::no_document)
      return take_no_document(from);
    throw damaged_bytes{};
  }
  if (const auto* draw = std::get_if<draw_task>(&asked)) {
    if (kind == answer_kind::drawn)
      return take_drawn(from, *draw);
    if (kind == answer_kind::no_montage)
      return take_no_montage(from);
  } else {
    const auto* sift = std::get_if<sift_task>(&asked);
    if (kind == answer_kind::sifted && sift != nullptr)
      return take_sifted(from, *sift);
    if (kind == answer_kind::picture_read && sift == nullptr)
      return take_picture_read(from, std::get<read_task>(asked).picture.info);
    if (kind == answer_kind::engine_failed)
      return engine_failed{take_text(from)};
  }
  throw damaged_bytes{};
}

} // namespace

std::vector<std::string>* models_of(task& t) {
  if (auto* read = std::get_if<read_task>(&t))
    return &read->models;
  auto* sift = std::get_if<sift_task>(&t);
  return sift == nullptr ? nullptr : &sift->models;
}

bool needs_documents(const task& t) {
  const auto is_page = [](const picture_place& place) { return place.info.format == picture_format::pdf; };
  if (const auto* draw = std::get_if<draw_task>(&t))
    return std::ranges::any_of(draw->pictures, is_page);
  if (const auto* sift = std::get_if<sift_task>(&t))
    return std::ranges::any_of(sift->pictures, is_page);
  const auto* read = std::get_if<read_task>(&t);
  return read == nullptr || is_page(read->picture);
}

std::string encode(const task& t) {
  packed_writer to;
  to.byte(static_cast<std::uint8_t>(t.index()));
  std::visit([&](const auto& one) { put(to, one); }, t);
  return to.take();
}

std::string encode(const answer& a) {
  packed_writer to;
  to.byte(static_cast<std::uint8_t>(a.index()));
  if (const auto* d = std::get_if<drawn>(&a)) {
    put(to, *d);
  } else if (const auto* none = std::get_if<no_montage>(&a)) {
    to.byte(none->too_many_pixels ? 1 : 0);
    to.text(none->detail);
  } else if (const auto* read = std::get_if<picture_read>(&a)) {
    to.text(read->error);
    if (read->error.empty())
      to.text(encode(*read->recognised));
  } else if (const auto* s = std::get_if<sifted>(&a)) {
    put(to, *s);
  } else if (const auto* facts = std::get_if<document_facts>(&a)) {
    put(to, *facts);
  } else if (const auto* no = std::get_if<no_document>(&a)) {
    to.text(no->detail);
  } else {
    to.text(std::get<engine_failed>(a).detail);
  }
  return to.take();
}

std::optional<task> decode_task(std::string_view bytes, std::uint64_t room) {
  try {
    packed_reader from{bytes};
    const auto kind = static_cast<task_kind>(from.byte());
    task t;
    switch (kind) {
    case task_kind::draw: t = take_draw_task(from, room); break;
    case task_kind::read: t = take_read_task(from, room); break;
    case task_kind::sift: t = take_sift_task(from, room); break;
    case task_kind::look: t = take_look_task(from, room); break;
    default: throw damaged_bytes{};
    }
    from.finish();
    return t;
  } catch (const damaged_bytes&) {
    return std::nullopt;
  }
}

std::optional<answer> decode_answer(std::string_view bytes, const task& asked) {
  try {
    packed_reader from{bytes};
    auto a = take_answer(from, asked);
    from.finish();
    return a;
  } catch (const damaged_bytes&) {
    return std::nullopt;
  }
}

} // namespace glyphgate::vision::protocol
