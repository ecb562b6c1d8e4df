#include "http/answers/json_answers.hpp"
#include "http/answers/json_warnings.hpp"
#include "http/wire/json_writer.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace glyphgate::http {

namespace {

// How long the job was worked on; none while it is, or when it never was.
std::optional<std::int64_t> processing_time_ms(const job_view& job) {
  if (!job.started_at || !job.completed_at)
    return std::nullopt;
  return std::chrono::round<std::chrono::milliseconds>(*job.completed_at - *job.started_at).count();
}

void write_symbol(json_writer& json, const symbol& s) {
  json.object().member("text", s.text);
  json.key("bbox").object();
  json.member("x", s.box.x).member("y", s.box.y).member("width", s.box.width).member("height", s.box.height);
  json.end_object().key("confidence").rounded(double{s.confidence}, 4).end_object();
}

// The engine that read it: of what an older program read, that of its job.
std::string_view engine_of(const recognition& r, const job_result& of) {
  return r.engine.empty() ? std::string_view{of.engine} : std::string_view{r.engine};
}

void write_image(json_writer& json, const picture_result& image, const job_result& of, job_detail detail) {
  static const recognition nothing;
  const recognition& r = image.outcome.recognised ? *image.outcome.recognised : nothing;
  json.object().member("id", image.id).member("text", text_of(r)).member("char_count", r.symbols.size());
  json.key("characters").array();
  for (const auto& s : r.symbols)
    write_symbol(json, s);
  json.end_array();
  write_detail(json, r, detail);
  json.key("warning");
  if (const auto warning = warning_of(image.outcome); warning.empty())
    json.null();
  else
    json.value(warning);
  if (const auto engine = engine_of(r, of); image.outcome.recognised && !engine.empty())
    json.member("engine", engine);
  if (image.same_as)
    json.member("same_as", of.pictures[*image.same_as].id);
  if (!image.outcome.recognised)
    json.member("error", image.outcome.error);
  json.end_object();
}

void write_result(json_writer& json, const job_view& job, job_detail detail) {
  std::size_t characters = 0;
  std::size_t processed = 0;
  json.object().key("results").array();
  for (const auto& image : job.result->pictures) {
    write_image(json, image, *job.result, detail);
    if (image.outcome.recognised) {
      ++processed;
      characters += image.outcome.recognised->symbols.size();
    }
  }
  json.end_array();
  json.member("processing_time_ms", processing_time_ms(job)).member("total_characters", characters);
  json.member("images_processed", processed).member("api_calls", job.result->api_calls);
  json.member("images_from_cache", job.result->pictures_from_cache).key("cost").object();
  json.key("calls").millionths(job.result->share.calls);
  json.key("estimated_usd").millionths(job.result->share.price).end_object().end_object();
}

void write_wait(json_writer& json, const std::optional<job_wait>& wait) {
  if (wait)
    json.member("waits_for", to_string(wait->what)).member("waits_until", wait->until);
  else
    json.key("waits_for").null().key("waits_until").null();
}

// What lists tell of a job, too.
void write_state(json_writer& json, const job_view& job) {
  json.member("job_id", job.id).member("status", to_string(job.status)).member("created_at", job.created_at);
  json.member("started_at", job.started_at).member("completed_at", job.completed_at);
  json.member("expires_at", job.expires_at).member("processing_time_ms", processing_time_ms(job));
  json.member("images_count", job.pictures_total).key("progress").object();
  json.member("images_done", job.pictures_done).member("images_total", job.pictures_total).end_object();
  json.member("error", job.error);
}

std::string_view message_of(const submission& s) {
  if (!s.identical)
    return s.status == job_status::completed ? "Every image was recognised before; the job is complete."
                                             : "The job is accepted.";
  switch (s.status) {
  case job_status::pending: return "An identical job is waiting; this is its id.";
  case job_status::processing: return "An identical job is being processed; this is its id.";
  case job_status::completed: return "An identical job is complete; this is its id.";
  case job_status::failed:
  case job_status::cancelled: return "An identical job exists; this is its id.";
  }
  return "";
}

} // namespace

std::string submission_json(const submission& accepted, const std::vector<std::string>& warnings) {
  json_writer json;
  json.object().member("job_id", accepted.id).member("status", to_string(accepted.status));
  json.member("message", message_of(accepted));
  write_warnings(json, warnings);
  json.end_object();
  return json.take();
}

std::string job_json(const job_view& job, job_detail detail) {
  json_writer json;
  json.object();
  write_state(json, job);
  write_wait(json, job.wait);
  json.key("result");
  if (job.result)
    write_result(json, job, detail);
  else
    json.null();
  json.end_object();
  return json.take();
}

std::string image_json(const picture_result& image, const job_result& of, job_detail detail) {
  json_writer json;
  write_image(json, image, of, detail);
  return json.take();
}

std::string job_list_json(const job_page& page) {
  json_writer json;
  json.object().key("jobs").array();
  for (const auto& job : page.jobs) {
    json.object();
    write_state(json, job);
    json.end_object();
  }
  json.end_array().key("next_cursor");
  if (page.next)
    json.value(std::to_string(*page.next));
  else
    json.null();
  json.end_object();
  return json.take();
}

} // namespace glyphgate::http
