#include "core/digest.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <string>
#include <vector>

using namespace glyphgate;

BOOST_AUTO_TEST_SUITE(digests)

BOOST_AUTO_TEST_CASE(it_is_sha_256) {
  BOOST_TEST(to_hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  BOOST_TEST(to_hex(sha256_stream{}.finish()) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

BOOST_AUTO_TEST_CASE(pieces_make_the_digest_of_the_whole) {
  BOOST_TEST(rc::check("any pieces", [](const std::vector<std::string>& pieces) {
    sha256_stream stream;
    std::string whole;
    for (const auto& piece : pieces) {
      stream.update(piece);
      whole += piece;
    }
    RC_ASSERT((stream.finish() == sha256(whole)));
  }));
}

BOOST_AUTO_TEST_SUITE_END()
