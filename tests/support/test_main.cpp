#define BOOST_TEST_MODULE glyphgate
#include "support/exchange_record.hpp"

#include <boost/test/unit_test.hpp>

namespace {

std::string name_of_test() {
  return boost::unit_test::framework::current_test_case().full_name();
}

[[maybe_unused]] const bool records_names = [] {
  glyphgate::exchange_record::test_name = name_of_test;
  return true;
}();

} // namespace
