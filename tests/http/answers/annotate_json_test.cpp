#include "core/reading/layout_writer.hpp"
#include "http/answers/annotate_json.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <utility>

using namespace glyphgate;
using namespace glyphgate::http;

namespace {

annotated_picture picture_of(recognition read, bool confidences = false) {
  annotated_picture picture;
  picture.read = std::make_shared<const recognition>(std::move(read));
  picture.width = 40;
  picture.height = 20;
  picture.confidences = confidences;
  return picture;
}

/// "Hi", and below it "o-" at the left edge of the picture.
recognition two_lines() {
  recognition r;
  r.symbols = {{"H", {0, 0, 4, 5}, 0.75F},
               {"i", {4, 0, 2, 5}, 0.5F, text_break::wrap},
               {"o", {0, 6, 3, 5}, 0.25F, text_break::line}};
  return r;
}

} // namespace

BOOST_AUTO_TEST_SUITE(annotate_json)

BOOST_AUTO_TEST_CASE(text_as_google_answers_it) {
  BOOST_TEST(annotate_images_json({picture_of(two_lines())}, enum_form::name) ==
             R"({"responses":[{"textAnnotations":[)"
             R"({"description":"Hi\no","boundingPoly":{"vertices":[{},{"x":6},{"x":6,"y":11},{"y":11}]}},)"
             R"({"description":"Hi","boundingPoly":{"vertices":[{},{"x":6},{"x":6,"y":5},{"y":5}]}},)"
             R"({"description":"o","boundingPoly":{"vertices":[{"y":6},{"x":3,"y":6},{"x":3,"y":11},{"y":11}]}}],)"
             R"("fullTextAnnotation":{"pages":[{"width":40,"height":20,"blocks":[{)"
             R"("boundingBox":{"vertices":[{},{"x":6},{"x":6,"y":11},{"y":11}]},"paragraphs":[{)"
             R"("boundingBox":{"vertices":[{},{"x":6},{"x":6,"y":11},{"y":11}]},"words":[{)"
             R"("boundingBox":{"vertices":[{},{"x":6},{"x":6,"y":5},{"y":5}]},"symbols":[)"
             R"({"boundingBox":{"vertices":[{},{"x":4},{"x":4,"y":5},{"y":5}]},"text":"H"},)"
             R"({"property":{"detectedBreak":{"type":"EOL_SURE_SPACE"}},)"
             R"("boundingBox":{"vertices":[{"x":4},{"x":6},{"x":6,"y":5},{"x":4,"y":5}]},"text":"i"}]},)"
             R"({"boundingBox":{"vertices":[{"y":6},{"x":3,"y":6},{"x":3,"y":11},{"y":11}]},"symbols":[)"
             R"({"property":{"detectedBreak":{"type":"LINE_BREAK"}},)"
             R"("boundingBox":{"vertices":[{"y":6},{"x":3,"y":6},{"x":3,"y":11},{"y":11}]},"text":"o"}]}]}],)"
             R"("blockType":"TEXT"}]}],"text":"Hi\no"}}]})");
}

BOOST_AUTO_TEST_CASE(enums_as_numbers_and_confidences_where_they_are_asked_for) {
  recognition r;
  r.symbols = {{"a", {1, 2, 3, 4}, 0.98768F, text_break::hyphen},
               {"b", {5, 2, 3, 4}, 0, text_break::sure_space},
               {"c", {9, 2, 3, 4}, 1, text_break::space},
               {"d", {13, 2, 3, 4}, 1}};
  r.width = 100;
  r.height = 50;
  const auto text = annotate_images_json({picture_of(r, true)}, enum_form::number);
  for (const auto* part :
       {R"("detectedBreak":{"type":4})", R"("detectedBreak":{"type":2})", R"("detectedBreak":{"type":1})",
        R"("blockType":1)", R"("text":"a","confidence":0.9877})", R"("text":"b"})", R"("text":"c","confidence":1.0})",
        R"("width":100,"height":50,)", R"("confidence":0.7469}],"text":"a-\nb c d"})"})
    BOOST_TEST(text.find(part) != std::string::npos, part << " in " << text);
  BOOST_TEST(text.find("HYPHEN") == std::string::npos);
  BOOST_TEST(annotate_images_json({picture_of(r)}, enum_form::number).find("confidence") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(turned_text_keeps_its_corners_and_the_whole_has_an_upright_box) {
  layout_writer writer;
  const bounding_quad turned{{{{30, 10}, {30, 20}, {10, 20}, {10, 10}}}};
  writer.add({"x", {}, 1, text_break::line}, turned);
  const auto text = annotate_images_json({picture_of(writer.take())}, enum_form::name);
  const std::string corners = R"({"vertices":[{"x":30,"y":10},{"x":30,"y":20},{"x":10,"y":20},{"x":10,"y":10}]})";
  for (const auto& part : {R"({"description":"x","boundingPoly":{"vertices":[{"x":10,"y":10},{"x":30,"y":10},)"
                           R"({"x":30,"y":20},{"x":10,"y":20}]}},{"description":"x","boundingPoly":)" +
                               corners,
                           R"("boundingBox":)" + corners + R"(,"text":"x"})"})
    BOOST_TEST(text.find(part) != std::string::npos, part << " in " << text);
}

BOOST_AUTO_TEST_CASE(languages_are_told_at_their_place_and_of_the_whole) {
  layout_writer writer;
  for (const auto& [letter, code] : {std::pair{"a", "en"}, {"b", "eng"}, {"c", "deu"}, {"d", "en"}}) {
    writer.add({letter, {0, 0, 1, 1}, 1, text_break::space});
    unit_facts facts;
    facts.languages = {{code, 0}};
    writer.end_word(facts);
  }
  unit_facts block;
  block.languages = {{"fr", 0.5F}};
  writer.end_block(block);
  const auto text = annotate_images_json({picture_of(writer.take())}, enum_form::name);
  for (const auto* part : {R"("textAnnotations":[{"locale":"en","description":"a b c d",)",
                           R"("pages":[{"property":{"detectedLanguages":[{"languageCode":"en","confidence":0.75},)"
                           R"({"languageCode":"de","confidence":0.25}]},"width":40)",
                           R"("blocks":[{"property":{"detectedLanguages":[{"languageCode":"fr","confidence":0.5}]},)",
                           R"("words":[{"property":{"detectedLanguages":[{"languageCode":"en"}]},)"})
    BOOST_TEST(text.find(part) != std::string::npos, part << " in " << text);
}

BOOST_AUTO_TEST_CASE(languages_of_paragraphs_and_of_blocks_make_the_whole_where_words_tell_none) {
  for (const bool of_block : {false, true}) {
    layout_writer writer;
    for (const auto& [letters, code] : {std::pair{3, "en"}, {1, "de"}}) {
      for (int i = 0; i < letters; ++i)
        writer.add({"a", {0, 0, 1, 1}, 1, text_break::line});
      unit_facts facts;
      facts.languages = {{code, 1}};
      if (of_block)
        writer.end_block(facts);
      else
        writer.end_paragraph(facts);
    }
    const auto text = annotate_images_json({picture_of(writer.take())}, enum_form::name);
    BOOST_TEST(text.find(R"("pages":[{"property":{"detectedLanguages":[{"languageCode":"en","confidence":0.75},)"
                         R"({"languageCode":"de","confidence":0.25}]})") != std::string::npos,
               text);
  }
}

BOOST_AUTO_TEST_CASE(without_text_there_is_nothing) {
  BOOST_TEST(annotate_images_json({picture_of({})}, enum_form::name) == R"({"responses":[{}]})");
  BOOST_TEST(annotate_images_json({annotated_picture{}}, enum_form::name) == R"({"responses":[{}]})");
}

BOOST_AUTO_TEST_CASE(errors_stand_beside_what_was_read) {
  annotated_picture failed;
  failed.error = rpc_error{rpc_code::invalid_argument, "Bad \"image\" data."};
  auto both = picture_of(two_lines());
  both.error = rpc_error{rpc_code::unimplemented, "no labels"};
  const auto text = annotate_images_json({failed, both}, enum_form::name);
  BOOST_TEST(text.starts_with(R"({"responses":[{"error":{"code":3,"message":"Bad \"image\" data."}},{"textAnn)"), text);
  BOOST_TEST(text.ends_with(R"("text":"Hi\no"},"error":{"code":12,"message":"no labels"}}]})"), text);
}

BOOST_AUTO_TEST_CASE(files_have_their_pages) {
  annotated_file file;
  file.total_pages = 7;
  file.mime_type = "image/tiff";
  annotated_picture page;
  page.page = 2;
  file.pages = {page, page};
  file.pages[1].page = 7;
  annotated_file refused;
  refused.mime_type = "application/pdf";
  refused.error = rpc_error{rpc_code::invalid_argument, "no PDF"};
  BOOST_TEST(annotate_files_json({file, refused}, enum_form::name) ==
             R"({"responses":[{"inputConfig":{"mimeType":"image/tiff"},"responses":[{"context":{"pageNumber":2}},)"
             R"({"context":{"pageNumber":7}}],"totalPages":7},)"
             R"({"inputConfig":{"mimeType":"application/pdf"},"error":{"code":3,"message":"no PDF"}}]})");
}

BOOST_AUTO_TEST_CASE(pages_of_a_pdf_have_points_and_parts) {
  recognition r;
  r.symbols = {{"a", {0, 5, 4, 10}, 0.5F}};
  annotated_file file;
  auto& page = file.pages.emplace_back(picture_of(std::move(r)));
  page.page = 1;
  page.width_in_points = 72;
  page.height_in_points = 36;
  const auto text = annotate_files_json({file}, enum_form::name);
  BOOST_TEST(text.find(R"("width":72,"height":36,)") != std::string::npos, text);
  BOOST_TEST(text.find(R"("boundingBox":{"normalizedVertices":[{"y":0.25},{"x":0.1,"y":0.25},)"
                       R"({"x":0.1,"y":0.75},{"y":0.75}]},"text":"a")") != std::string::npos,
             text);
  BOOST_TEST(text.find("\"vertices\"") == std::string::npos, text);
}

BOOST_AUTO_TEST_SUITE_END()
