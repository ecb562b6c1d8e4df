#include "http/wire/entity_tag.hpp"

#include <boost/test/unit_test.hpp>

using namespace glyphgate::http;

BOOST_AUTO_TEST_SUITE(entity_tags)

BOOST_AUTO_TEST_CASE(a_list_names_what_has_one_of_its_tags_weak_or_not) {
  for (const auto* field : {"\"a\"", "\"b\", \"a\"", "W/\"a\"", " \"b\" ,W/\"a\" ", "*", "\"b\", *"})
    BOOST_TEST(names_entity(field, "\"a\""), field);
  for (const auto* field : {"", "\"b\"", "a", "\"a", "w/\"a\"", "W/ \"a\"", "\"a-gzip\"", ","})
    BOOST_TEST(!names_entity(field, "\"a\""), field);
}

BOOST_AUTO_TEST_CASE(the_packed_form_has_a_tag_of_its_own) {
  BOOST_TEST(gzip_etag("\"a\"") == "\"a-gzip\"");
}

BOOST_AUTO_TEST_SUITE_END()
