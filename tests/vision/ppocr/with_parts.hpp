#pragma once

#include "support/ppocr_parts.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdio>

namespace glyphgate::vision::test {

/// script/setup's.
inline const glyphgate::test::ppocr_parts& parts() {
  static const glyphgate::test::ppocr_parts made{GLYPHGATE_PARTS};
  return made;
}

/// For a decorator: a suite that needs the parts is skipped, and says so, where they are not there.
inline boost::test_tools::assertion_result parts_are_there(boost::unit_test::test_unit_id suite) {
  boost::test_tools::assertion_result result{parts().are_there()};
  if (!result) {
    const auto& name = boost::unit_test::framework::get(suite, boost::unit_test::TUT_SUITE).p_name.get();
    std::fprintf(stderr, "SKIPPED: %s, as there are no models in %s; script/setup gets them\n", name.c_str(),
                 GLYPHGATE_PARTS);
    result.message() << "there are no models in " << GLYPHGATE_PARTS;
  }
  return result;
}

} // namespace glyphgate::vision::test
