#include "http/surfaces/job_documents.hpp"

#include "core/digest.hpp"
#include "http/answers/result_cache.hpp"
#include "http/formats/alto.hpp"
#include "http/formats/hocr.hpp"
#include "http/formats/json_lines.hpp"
#include "http/formats/numbers.hpp"
#include "http/formats/page_xml.hpp"
#include "http/formats/picture_times.hpp"
#include "http/formats/plain_text.hpp"
#include "http/formats/srt.hpp"
#include "http/formats/tsv.hpp"
#include "http/wire/content_coding.hpp"
#include "http/wire/entity_tag.hpp"
#include "http/wire/query_reader.hpp"
#include "http/wire/text.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace glyphgate::http {

namespace {

using renderer_or_problem = std::variant<std::unique_ptr<renderer>, problem>;

// To be raised when a renderer writes the same job in another way.
constexpr std::string_view renderers_version = "1";

std::vector<std::string_view> all_media_types() {
  std::vector<std::string_view> types;
  for (const auto& f : all_formats())
    types.insert(types.end(), f.media_types.begin(), f.media_types.end());
  return types;
}

problem no_result(const job_view& job) {
  const bool may_come = !is_final(job.status);
  problem p = make_problem(409, "no-result", "The job has no result",
                           may_come ? "it is " + std::string{to_string(job.status)} +
                                          ": ask again, with ?wait= until it has ended"
                                    : "it is " + std::string{to_string(job.status)});
  if (may_come)
    p.retry_after = std::chrono::seconds{1};
  return p;
}

problem no_such_image() {
  return make_problem(404, "image-not-found", "The job has no such image", "");
}

problem wrong_parameter(std::string field, std::string detail) {
  auto why = detail;
  return invalid_request(std::move(detail), {{{}, std::move(field), std::move(why)}});
}

std::variant<job_extract, problem> extract_of(const job_view& job, const document_wish& wish) {
  if (!job.result || !job.completed_at)
    return no_result(job);
  job_extract extract{job.id, *job.completed_at, job.result};
  if (!wish.image)
    return extract;
  const auto& pictures = job.result->pictures;
  const auto found = std::ranges::find(pictures, *wish.image, &picture_result::id);
  if (found == pictures.end())
    return no_such_image();
  extract.only = static_cast<std::size_t>(found - pictures.begin());
  return extract;
}

renderer_or_problem page_xml_of(job_extract job, bool symbols) {
  if (job.pages() == 1)
    return make_page_xml_renderer(std::move(job), symbols);
  return wrong_parameter("format", "PAGE XML holds one image, and the job has " + std::to_string(job.pages()) +
                                       ": ask for each at /ocr/jobs/" + job.id + "/images/ID?format=page");
}

renderer_or_problem srt_of(job_extract job, const document_wish& wish) {
  auto times = times_of(job, split_list(wish.timestamps));
  if (const auto* why = std::get_if<std::string>(&times))
    return wrong_parameter("timestamps", *why);
  return make_srt_renderer(std::move(job), std::move(std::get<picture_times>(times)));
}

problem not_kept() {
  return make_problem(
      409, "images-not-kept", "The job's images are not kept",
      "a PDF shows the images: post the job with keep_images=true, in the query, a field of the form or "
      "a member of the JSON; what was read in them before costs nothing again");
}

renderer_or_problem pdf_of(job_extract job, const document_wish& wish, const document_means& means) {
  if (!means.pictures)
    return not_kept();
  return make_pdf_renderer(std::move(job), means.pictures, means.draw, wish.density);
}

// The largest of the pictures that it shows: they come one at a time.
std::uint64_t largest_of(const document_means& means) {
  std::uint64_t largest = 0;
  if (means.pictures)
    for (const auto& entry : means.pictures->entries())
      largest = std::max(largest, entry.size);
  return largest;
}

renderer_or_problem renderer_of(job_extract job, const document_wish& wish, const document_means& means) {
  switch (wish.format) {
  case document_format::json:
  case document_format::json_lines: return make_json_lines_renderer(std::move(job), wish.detail);
  case document_format::text: return make_text_renderer(std::move(job));
  case document_format::tsv: return make_tsv_renderer(std::move(job));
  case document_format::hocr: return make_hocr_renderer(std::move(job), wish.symbols);
  case document_format::alto: return make_alto_renderer(std::move(job), wish.symbols);
  case document_format::page_xml: return page_xml_of(std::move(job), wish.symbols);
  case document_format::srt: return srt_of(std::move(job), wish);
  case document_format::pdf: return pdf_of(std::move(job), wish, means);
  }
  return wrong_parameter("format", "there is no such format");
}

// The same text in the same form has the same tag, and no other has it: a result never changes.
std::string tag_of(const job_extract& job, const document_wish& wish) {
  std::string what;
  for (const auto part : {std::string_view{job.id}, std::string_view{description_of(wish.format).name},
                          std::string_view{wish.timestamps}, renderers_version})
    what.append(part).push_back('\0');
  what += std::to_string(static_cast<int>(wish.detail)) + ' ' + decimal(wish.density.value_or(0), 0) + ' ' +
          std::to_string(job.completed_at.time_since_epoch().count()) + (wish.symbols ? "s" : "w") +
          (job.only ? std::to_string(*job.only) : "");
  return '"' + to_hex(sha256(what)).substr(0, 32) + '"';
}

} // namespace

std::variant<document_wish, problem> wish_of(const request& r, bool needs_match) {
  query_reader query{r.query()};
  document_wish wish;
  wish.symbols = query.flag("symbols");
  wish.timestamps = query.text("timestamps").value_or("");
  if (const auto density = query.number("dpi", 36, 2400))
    wish.density = static_cast<double>(*density);
  if (const auto name = query.text("format")) {
    const auto format = format_of(*name);
    if (!format)
      query.wrong("format", "it must be one of " + format_names());
    wish.format = format.value_or(document_format::json);
  } else {
    const auto format = accepted_format(r.header("accept"));
    if (!format && needs_match)
      return not_acceptable(all_media_types());
    wish.format = format.value_or(document_format::json);
  }
  if (auto why = query.refusal())
    return *std::move(why);
  return wish;
}

std::variant<response, problem> document_of(const job_view& job, const document_wish& wish, const request& r,
                                            const document_means& means) {
  auto extract = extract_of(job, wish);
  if (auto* why = std::get_if<problem>(&extract))
    return std::move(*why);
  auto& of = std::get<job_extract>(extract);
  const auto tag = tag_of(of, wish);
  // A PDF is packed in itself.
  const bool packs = !wish.shows_pictures() && wants_gzip(r.header("accept-encoding"));
  response answer;
  answer.headers = result_headers(packs ? gzip_etag(tag) : tag) + (packs ? "Content-Encoding: gzip\r\n" : "");
  const auto known = r.header("if-none-match");
  if (names_entity(known, tag) || names_entity(known, gzip_etag(tag))) {
    answer.status = 304;
    return answer;
  }
  const auto pages = of.pages();
  const auto bytes = bytes_of(*of.result) + largest_of(means);
  auto made = renderer_of(std::move(of), wish, means);
  if (auto* why = std::get_if<problem>(&made))
    return std::move(*why);
  answer.content_type = description_of(wish.format).content_type;
  answer.source = std::make_shared<document_body>(std::move(std::get<std::unique_ptr<renderer>>(made)), pages,
                                                  means.run, bytes, packs);
  return answer;
}

} // namespace glyphgate::http
