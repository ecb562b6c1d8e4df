#pragma once

#include "core/job.hpp"
#include "http/answers/json_layout.hpp"
#include "http/formats/document_body.hpp"
#include "http/formats/format_choice.hpp"
#include "http/formats/pdf/pdf.hpp"
#include "http/wire/problem.hpp"
#include "http/wire/request.hpp"
#include "http/wire/response.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// The text of jobs in formats beside the job's JSON.
namespace glyphgate::http {

/// What a client wants to have.
struct document_wish {
  document_format format = document_format::json;
  /// The id of the one image that it is about; none: the whole job.
  std::optional<std::string> image{};
  /// How much JSON says of what was read.
  job_detail detail = job_detail::symbols;
  /// Whether there is a part for each symbol, where the format has such.
  bool symbols = false;
  /// The value of `timestamps`; empty where none are given.
  std::string timestamps{};
  /// Dots per inch of pages, where the client tells them.
  std::optional<double> density{};

  /// The job's own JSON, which every client gets that asks for nothing else.
  bool is_plain_job() const { return format == document_format::json && !image; }
  bool shows_pictures() const { return format == document_format::pdf; }
};

/// What of a request's query and header is about formats. `needs_match`: whether a client that accepts none of them is
/// refused; else it gets JSON.
std::variant<document_wish, problem> wish_of(const request& r, bool needs_match);

/// What a document is made with.
struct document_means {
  /// Where it is made.
  runner run;
  /// The job's pictures; null where it keeps none, or the document shows none.
  std::shared_ptr<const kept_pictures> pictures{};
  draw_jpeg draw{};
};

/// The answer with a job's text, or with a part of it; or why there is none.
std::variant<response, problem> document_of(const job_view& job, const document_wish& wish, const request& r,
                                            const document_means& means);

} // namespace glyphgate::http
