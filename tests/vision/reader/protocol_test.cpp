#include "core/reading/layout_writer.hpp"
#include "vision/reader/protocol.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <string>
#include <utility>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::protocol;

namespace {

picture_info info_of(std::uint32_t width, std::uint32_t height) {
  picture_info info;
  info.width = width;
  info.height = height;
  return info;
}

draw_task two_pictures() {
  draw_task t;
  t.pictures = {{info_of(100, 40), 0, 10}, {info_of(80, 20), 10, 5}};
  t.limits = {{50'000, 50'000'000}, 1'000'000};
  t.given_up = {{1, "it crashed"}};
  return t;
}

drawn two_drawn() {
  drawn d;
  d.made.width = 100;
  d.made.height = 62;
  d.made.placements = {{0, 0, 100, 40}, {1, 42, 80, 20}};
  d.made.unplaced = {{1, "it crashed"}};
  d.made.incomplete = {{0, "the last 3 of 40 rows are missing"}};
  return d;
}

sift_task to_sift() {
  return {two_pictures().pictures, {sieve_mode::confident, 0.9F, true}, {1}, {"det.onnx"}};
}

bool is_taken(const answer& said, const task& asked) {
  return decode_answer(encode(said), asked).has_value();
}

bool is_taken(const recognition& read) {
  const read_task asked{{info_of(100, 40), 0, 1}, {reading_engine::tesseract, {"eng"}}, {}};
  return is_taken(picture_read{std::make_shared<const recognition>(read), {}}, asked);
}

} // namespace

BOOST_AUTO_TEST_SUITE(reader_protocol)

BOOST_AUTO_TEST_CASE(tasks_come_back) {
  const auto draw = std::get<draw_task>(*decode_task(encode(task{two_pictures()}), 15));
  BOOST_REQUIRE(draw.pictures.size() == 2U);
  BOOST_TEST(draw.pictures[1].info.width == 80U);
  BOOST_TEST(draw.pictures[1].offset == 10U);
  BOOST_TEST(draw.limits.bytes == 1'000'000U);
  BOOST_TEST(draw.given_up[0].text == "it crashed");
  const auto read = std::get<read_task>(*decode_task(
      encode(task{read_task{{info_of(5, 6), 0, 3}, {reading_engine::surer, {"eng"}}, {"eng", "deu"}}}), 3));
  BOOST_TEST(read.models[1] == "deu");
  BOOST_TEST(read.picture.info.height == 6U);
  BOOST_TEST((read.how == reading_request{reading_engine::surer, {"eng"}}));
  auto decoded = *decode_task(encode(task{to_sift()}), 15);
  const auto& sift = std::get<sift_task>(decoded);
  BOOST_TEST(sift.pictures[1].info.width == 80U);
  BOOST_TEST((sift.options.mode == sieve_mode::confident));
  BOOST_TEST(sift.options.confidence == 0.9F);
  BOOST_TEST(sift.options.near_duplicates);
  BOOST_TEST((sift.left_out == std::vector<std::size_t>{1}));
  BOOST_TEST((*models_of(decoded) == std::vector<std::string>{"det.onnx"}));
}

BOOST_AUTO_TEST_CASE(what_the_sieve_says_fits_what_it_was_asked) {
  const auto asked = to_sift();
  const auto taken = [&](std::vector<sieve_verdict> verdicts, auto change) {
    auto about = asked;
    change(about);
    return is_taken(sifted{std::move(verdicts)}, about);
  };
  const auto nothing = [](sift_task&) {};
  recognition read;
  read.symbols.push_back({"a", {0, 0, 100, 40}, 0.5F, text_break::line});
  read.width = 100;
  read.height = 40;
  const answered here{std::make_shared<const recognition>(read)};
  BOOST_TEST(taken({travels{}, travels{}}, nothing));
  BOOST_TEST(taken({here, repeats{0}}, nothing));
  const auto back = std::get<sifted>(*decode_answer(encode(answer{sifted{{here, repeats{0}}}}), asked));
  BOOST_TEST((*std::get<answered>(back.verdicts[0]).read == read));
  BOOST_TEST(std::get<repeats>(back.verdicts[1]).earlier == 0U);
  BOOST_TEST(!taken({travels{}}, nothing));
  BOOST_TEST(!taken({travels{}, travels{}, travels{}}, nothing));
  BOOST_TEST(!taken({travels{}, repeats{1}}, nothing));
  BOOST_TEST(!taken({repeats{0}, travels{}}, nothing));
  BOOST_TEST(!taken({here, repeats{0}}, [](sift_task& t) { t.options.near_duplicates = false; }));
  BOOST_TEST(!taken({here, travels{}}, [](sift_task& t) { t.options.mode = sieve_mode::off; }));
  // Of a picture that is not so large.
  BOOST_TEST(!taken({travels{}, here}, nothing));
  BOOST_TEST(!is_taken(sifted{{travels{}, travels{}}}, two_pictures()));
}

BOOST_AUTO_TEST_CASE(a_repetition_repeats_none) {
  auto asked = to_sift();
  asked.pictures.push_back(asked.pictures[0]);
  BOOST_TEST(is_taken(sifted{{travels{}, repeats{0}, repeats{0}}}, asked));
  BOOST_TEST(!is_taken(sifted{{travels{}, repeats{0}, repeats{1}}}, asked));
}

BOOST_AUTO_TEST_CASE(a_picture_lies_within_the_request) {
  BOOST_TEST(!decode_task(encode(task{two_pictures()}), 14).has_value());
}

BOOST_AUTO_TEST_CASE(answers_come_back) {
  const task asked{two_pictures()};
  const auto d = std::get<drawn>(*decode_answer(encode(answer{two_drawn()}), asked));
  BOOST_TEST(d.made.placements[1].top == 42U);
  BOOST_TEST(d.made.unplaced[0].text == "it crashed");
  BOOST_TEST(d.made.incomplete[0].picture == 0U);
  BOOST_TEST(!d.as_sent.has_value());
  const auto none = std::get<no_montage>(*decode_answer(encode(answer{no_montage{"too high", true}}), asked));
  BOOST_TEST(none.too_many_pixels);
}

BOOST_AUTO_TEST_CASE(an_answer_that_cannot_be_is_refused) {
  const task asked{two_pictures()};
  BOOST_TEST(is_taken(two_drawn(), asked));
  const auto refused = [&](auto spoil) {
    auto d = two_drawn();
    spoil(d);
    return !is_taken(d, asked);
  };
  BOOST_TEST(refused([](drawn& d) { d.made.placements.pop_back(); }));
  BOOST_TEST(refused([](drawn& d) { d.made.placements[1].picture = 0; }));
  BOOST_TEST(refused([](drawn& d) { d.made.placements[1].top = 39; }));
  BOOST_TEST(refused([](drawn& d) { d.made.placements[1].top = 43; }));
  BOOST_TEST(refused([](drawn& d) { d.made.placements[0].height = 39; }));
  BOOST_TEST(refused([](drawn& d) { d.made.width = 99; }));
  BOOST_TEST(refused([](drawn& d) { d.made.height = 60'000; }));
  BOOST_TEST(refused([](drawn& d) { d.made.unplaced = {{2, "nobody"}}; }));
  BOOST_TEST(refused([](drawn& d) { d.made.unplaced = {{1, "twice"}, {1, "twice"}}; }));
  BOOST_TEST(refused([](drawn& d) { d.made.unplaced = {{0, "all"}, {1, "all"}}; }));
  BOOST_TEST(refused([](drawn& d) { d.made.unplaced = {{1, ""}}; }));
  BOOST_TEST(refused([](drawn& d) { d.made.unplaced = {{1, "\xFF"}}; }));
  BOOST_TEST(refused([](drawn& d) { d.made.unplaced = {{1, std::string(5000, 'x')}}; }));
  BOOST_TEST(refused([](drawn& d) { d.as_sent = 2; }));
  BOOST_TEST(refused([](drawn& d) { d.made.way = static_cast<montage_way>(9); }));
  BOOST_TEST(!is_taken(no_montage{""}, asked));
  BOOST_TEST(!is_taken(engine_failed{"why"}, asked));
}

BOOST_AUTO_TEST_CASE(what_was_read_lies_in_the_picture) {
  const symbol good{"a", {0, 0, 100, 40}, 0.5F, text_break::line};
  const auto refused = [&](auto spoil) {
    auto s = good;
    spoil(s);
    return !is_taken(recognition{{s}});
  };
  BOOST_TEST(is_taken(recognition{{good}}));
  BOOST_TEST(refused([](symbol& s) { s.box.width = 101; }));
  BOOST_TEST(refused([](symbol& s) { s.box.x = -1; }));
  BOOST_TEST(refused([](symbol& s) { s.box.y = 1; }));
  BOOST_TEST(refused([](symbol& s) { s.confidence = 1.1F; }));
  BOOST_TEST(refused([](symbol& s) { s.confidence = std::numeric_limits<float>::quiet_NaN(); }));
  BOOST_TEST(refused([](symbol& s) { s.text = "\xC0"; }));
  BOOST_TEST(refused([](symbol& s) { s.text.clear(); }));
}

BOOST_AUTO_TEST_CASE(units_lie_in_the_picture_and_the_service_notes_its_size) {
  layout_writer writer;
  writer.add({"a", {0, 0, 10, 10}, 0.5F, text_break::line}, {{{{10, 10}, {0, 10}, {0, 0}, {10, 0}}}});
  writer.end_word({{}, {}, {{"eng", 0}}});
  const auto good = writer.take();
  const auto refused = [&](auto spoil) {
    auto read = good;
    spoil(read.layout);
    return !is_taken(read);
  };
  BOOST_TEST(is_taken(good));
  BOOST_TEST(refused([](text_layout& l) { l.words[0].box.corners[2].x = 101; }));
  BOOST_TEST(refused([](text_layout& l) { l.lines[0].box.corners[0].y = -1; }));
  BOOST_TEST(refused([](text_layout& l) { l.blocks[0].confidence = 2; }));
  BOOST_TEST(refused([](text_layout& l) { l.symbol_quads[0].corners[3].y = 41; }));
  BOOST_TEST(refused([](text_layout& l) { l.languages[0][0].code = "\xC0"; }));
  const read_task asked{{info_of(100, 40), 0, 1}, {reading_engine::tesseract, {"eng"}}, {}};
  const auto taken = *decode_answer(encode(answer{picture_read{std::make_shared<const recognition>(good), {}}}), asked);
  const auto& read = *std::get<picture_read>(taken).recognised;
  BOOST_TEST(read.width == 100U);
  BOOST_TEST(read.height == 40U);
  BOOST_TEST((read.layout == good.layout));
}

BOOST_AUTO_TEST_CASE(documents_come_back) {
  look_task asked;
  asked.document = {{}, 3, 12};
  asked.request = {page_selection{{{2, 3}, {7, 7}}}, 300, true, 50};
  const auto back = std::get<look_task>(*decode_task(encode(task{asked}), 15));
  BOOST_TEST(back.document.offset == 3U);
  BOOST_TEST((back.request.pages == asked.request.pages));
  BOOST_TEST(back.request.dpi == 300U);
  BOOST_TEST(back.request.text);
  BOOST_TEST(back.request.most_pages == 50U);
  BOOST_TEST(!decode_task(encode(task{asked}), 14).has_value());

  recognition text;
  text.symbols.push_back({"a", {0, 0, 10, 20}, 1, text_break::line});
  text.width = 10;
  text.height = 20;
  document_facts facts;
  facts.pages = 9;
  facts.chosen = {{2, 10, 20, page_scan{4, 8, 6}, nullptr, ""},
                  {3, 10, 20, std::nullopt, std::make_shared<const recognition>(text), ""},
                  {7, 1, 1, std::nullopt, nullptr, "it is damaged"}};
  const auto told = std::get<document_facts>(*decode_answer(encode(answer{facts}), asked));
  BOOST_TEST(told.pages == 9U);
  BOOST_TEST(told.chosen[0].scan->size == 8U);
  BOOST_TEST(int{told.chosen[0].scan->orientation} == 6);
  BOOST_TEST((*told.chosen[1].text == text));
  BOOST_TEST(told.chosen[2].error == "it is damaged");
  BOOST_TEST(is_taken(no_document{"it is damaged"}, asked));
  BOOST_TEST(is_taken(document_facts{6, {}}, asked));
  BOOST_TEST(is_taken(document_facts{0, {}}, asked));

  const auto refused = [&](auto spoil) {
    auto f = facts;
    spoil(f);
    return !is_taken(f, asked);
  };
  BOOST_TEST(refused([](document_facts& f) { f.chosen.pop_back(); }));
  BOOST_TEST(refused([](document_facts& f) { f.pages = 6; }));
  BOOST_TEST(refused([](document_facts& f) { f.chosen[1].number = 2; }));
  BOOST_TEST(refused([](document_facts& f) { f.chosen[1].number = 4; }));
  BOOST_TEST(refused([](document_facts& f) { f.chosen[0].width = 0; }));
  BOOST_TEST(refused([](document_facts& f) { f.chosen[0].height = largest_page_side + 1; }));
  BOOST_TEST(refused([](document_facts& f) { f.chosen[0].scan->size = 9; }));
  BOOST_TEST(refused([](document_facts& f) { f.chosen[0].scan->size = 0; }));
  BOOST_TEST(refused([](document_facts& f) { f.chosen[0].scan->offset = 13; }));
  BOOST_TEST(refused([](document_facts& f) { f.chosen[0].scan->orientation = 2; }));
  BOOST_TEST(refused([](document_facts& f) { f.chosen[1].width = 9; }));
  BOOST_TEST(!is_taken(no_document{""}, asked));
  BOOST_TEST(!is_taken(engine_failed{"why"}, asked));
  BOOST_TEST(!is_taken(facts, two_pictures()));
}

BOOST_AUTO_TEST_CASE(whatever_comes_does_no_harm) {
  const task asked{two_pictures()};
  const read_task reads{{info_of(100, 40), 0, 1}, {reading_engine::tesseract, {"eng"}}, {}};
  recognition read;
  read.symbols.push_back({"a", {1, 2, 3, 4}, 0.5F, text_break::space});
  const std::vector<std::pair<std::string, task>> said{
      {encode(answer{two_drawn()}), asked},
      {encode(answer{picture_read{std::make_shared<const recognition>(read), {}}}), reads}};
  BOOST_TEST(rc::check("changed answers", [&] {
    auto [bytes, about] = *rc::gen::elementOf(said);
    for (int i = *rc::gen::inRange(1, 6); i > 0; --i)
      bytes[*rc::gen::inRange(std::size_t{0}, bytes.size())] = *rc::gen::arbitrary<char>();
    bytes.resize(*rc::gen::inRange(std::size_t{0}, bytes.size() + 1));
    const auto got = decode_answer(bytes, about);
    if (got && std::holds_alternative<drawn>(*got))
      RC_ASSERT(std::get<drawn>(*got).made.placements.back().top <= std::get<drawn>(*got).made.height);
  }));
}

BOOST_AUTO_TEST_SUITE_END()
