#include "store/sqlite/job_rows.hpp"

#include "store/sqlite/codec.hpp"

#include <memory>

namespace glyphgate::store {

picture_outcome outcome_of(const cursor& row, int recognised, int error, int may_pass) {
  picture_outcome outcome;
  if (!row.is_null(recognised))
    outcome.recognised = std::make_shared<const recognition>(decode_recognition(row.bytes(recognised)));
  outcome.error = row.bytes(error);
  outcome.may_pass = row.integer(may_pass) != 0;
  return outcome;
}

cost cost_in(const cursor& row, int calls, int price) {
  return {static_cast<micro_calls>(row.integer(calls)), static_cast<micro_dollars>(row.integer(price))};
}

picture_format format_in(const cursor& row, int column) {
  const auto number = row.integer(column);
  if (number < 0 || number > static_cast<int>(picture_format::pdf))
    throw damaged_value{"the database holds a damaged format"};
  return static_cast<picture_format>(number);
}

std::string row_of_picture(const job_id& job, std::size_t position) {
  return "table pictures, job " + job + ", position " + std::to_string(position);
}

} // namespace glyphgate::store
