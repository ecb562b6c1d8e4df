#pragma once

#include "http/wire/json_writer.hpp"
#include "http/wire/problem.hpp"

#include <string>

namespace glyphgate::http {

/// The problem as an object of `application/problem+json`, where a value is due.
void write_problem(json_writer& json, const problem& p);

/// `{"minute":{"current":…,"limit":…},…}`.
void write_windows(json_writer& json, const limiter_usage& usage);

std::string problem_json(const problem& p);

} // namespace glyphgate::http
