#pragma once

#include "core/recognition.hpp"
#include "http/wire/json_writer.hpp"

#include <optional>
#include <string_view>

namespace glyphgate::http {

/// How much a job's answer says of what was read: the symbols, as ever; their words, too; all levels.
enum class job_detail { symbols, words, layout };

/// "words" or "layout"; nothing of another text.
std::optional<job_detail> job_detail_of(std::string_view text);

/// Writes the members "width", "height" and "vertices" (the corners of every symbol, where some text is turned), and
/// those of the detail: "words", in reading order, or "blocks" of paragraphs of lines of words. Words name their
/// symbols by position. Nothing for `job_detail::symbols`.
void write_detail(json_writer& json, const recognition& read, job_detail detail);

} // namespace glyphgate::http
