#pragma once

#include "core/ids.hpp"
#include "core/picture.hpp"
#include "core/price.hpp"
#include "core/recognition.hpp"
#include "store/sqlite/database.hpp"

#include <cstddef>
#include <string>

/// How rows of the tables `jobs` and `pictures` are read. Columns count from 0.
namespace glyphgate::store {

/// What became of a picture. Throws damaged_value.
picture_outcome outcome_of(const cursor& row, int recognised, int error, int may_pass);

cost cost_in(const cursor& row, int calls, int price);

/// Throws damaged_value.
picture_format format_in(const cursor& row, int column);

/// Names a picture's row, for an error.
std::string row_of_picture(const job_id& job, std::size_t position);

} // namespace glyphgate::store
