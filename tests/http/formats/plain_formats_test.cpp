#include "http/formats/json_lines.hpp"
#include "http/formats/plain_text.hpp"
#include "http/formats/tsv.hpp"
#include "sample_job.hpp"

#include <boost/test/unit_test.hpp>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace glyphgate::http::test;

BOOST_AUTO_TEST_SUITE(plain_formats)

BOOST_AUTO_TEST_CASE(text_has_a_form_feed_between_pictures_and_names_those_that_failed) {
  const auto shape = make_text_renderer(
      extract_of({read_picture("a", two_lines()), failed_picture("b\n", "no picture"), read_picture("c", {})}));
  BOOST_TEST(rendered(*shape, 3) == "Hi a-\nb\n\f[b: no picture]\n\f\n");
}

BOOST_AUTO_TEST_CASE(a_picture_by_itself_has_no_form_feed) {
  auto job = extract_of({read_picture("a", two_lines()), read_picture("b", two_lines())});
  job.only = 1;
  BOOST_TEST(rendered(*make_text_renderer(job), job.pages()) == "Hi a-\nb\n");
}

BOOST_AUTO_TEST_CASE(tsv_has_tesseract_s_columns) {
  const auto shape = make_tsv_renderer(extract_of({read_picture("a", two_lines()), failed_picture("b\t", "no")}));
  BOOST_TEST(rendered(*shape, 2) ==
             "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
             "1\t1\t0\t0\t0\t0\t0\t0\t200\t100\t-1\t\n"
             "2\t1\t1\t0\t0\t0\t10\t10\t40\t50\t-1\t\n"
             "3\t1\t1\t1\t0\t0\t10\t10\t40\t50\t-1\t\n"
             "4\t1\t1\t1\t1\t0\t10\t10\t40\t20\t-1\t\n"
             "5\t1\t1\t1\t1\t1\t10\t10\t20\t20\t75\tHi\n"
             "5\t1\t1\t1\t1\t2\t40\t10\t10\t20\t75\ta-\n"
             "4\t1\t1\t1\t2\t0\t10\t40\t10\t20\t-1\t\n"
             "5\t1\t1\t1\t2\t1\t10\t40\t10\t20\t75\tb\n"
             "1\t2\t0\t0\t0\t0\t0\t0\t0\t0\t-1\t[b : no]\n");
}

BOOST_AUTO_TEST_CASE(json_lines_have_a_picture_a_line) {
  const auto shape =
      make_json_lines_renderer(extract_of({read_picture("a\n", {}), failed_picture("b", "no")}), job_detail::symbols);
  BOOST_TEST(rendered(*shape, 2) ==
             "{\"id\":\"a\\n\",\"text\":\"\",\"char_count\":0,\"characters\":[],\"warning\":null}\n"
             "{\"id\":\"b\",\"text\":\"\",\"char_count\":0,\"characters\":[],\"warning\":null,\"error\":\"no\"}\n");
}

BOOST_AUTO_TEST_SUITE_END()
