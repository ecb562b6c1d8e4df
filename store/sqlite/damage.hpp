#pragma once

#include "store/store.hpp"

#include <string>
#include <utility>

namespace glyphgate::store {

/// A value in the database is not what this program writes.
class damaged_value : public store_error {
public:
  using store_error::store_error;
};

/// Runs `read`, which reads a row. Where the row is damaged, the error names it: `where` returns its table and key.
template <class Where, class Read>
auto naming(Where where, Read read) -> decltype(read()) {
  try {
    return read();
  } catch (const damaged_value& e) {
    throw store_error{std::string{e.what()} + ": " + where() + "; restore the data directory from a backup"};
  }
}

} // namespace glyphgate::store
