#define BOOST_TEST_MODULE glyphgate
#include <boost/test/unit_test.hpp>
