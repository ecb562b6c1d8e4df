#include "http/api.hpp"

#include "core/log.hpp"
#include "http/contained.hpp"
#include "http/decode_pool.hpp"
#include "http/job_request.hpp"
#include "http/text.hpp"
#include "http/upload.hpp"
#include "vision/call_planner.hpp"
#include "vision/jpeg/soundness.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace glyphgate::http {

namespace {

constexpr std::string_view jobs_path = "/ocr/jobs";
constexpr std::size_t decode_threads = 2;
constexpr std::uint64_t longest_wait_seconds = 55;
constexpr std::uint64_t largest_page = 1000;
constexpr std::size_t max_job_id = 64;
// A report that is to be shown within a second, whatever it lacks.
constexpr std::chrono::milliseconds health_bound{700};
// One that is of no use without its parts.
constexpr std::chrono::seconds report_bound{2};

bool is_read(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

bool is_below_jobs(std::string_view path) {
  return path.size() > jobs_path.size() && path.starts_with(jobs_path) && path[jobs_path.size()] == '/';
}

// Refuses ids that no job can have without asking for them.
bool is_job_id(std::string_view id) {
  return !id.empty() && id.size() <= max_job_id && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

// Whether If-None-Match names that entity (RFC 9110, 13.1.2: the comparison is weak).
bool matches(std::string_view if_none_match, std::string_view etag) {
  for (auto tag : split_list(if_none_match)) {
    if (tag == "*")
      return true;
    if (tag.starts_with("W/"))
      tag.remove_prefix(2);
    if (tag == etag)
      return true;
  }
  return false;
}

// A query's parameters as the paths understand them; everything wrong is collected.
class query_reader {
public:
  explicit query_reader(std::string_view query) : query_{query} {}

  std::optional<std::string> text(std::string_view name) {
    const auto values = query_values(query_, name);
    if (!values)
      wrong(name, "it is not percent-encoded properly");
    return !values || values->empty() ? std::nullopt : std::optional{values->back()};
  }

  std::optional<std::uint64_t> number(std::string_view name, std::uint64_t least, std::uint64_t most) {
    const auto value = text(name);
    if (!value)
      return std::nullopt;
    std::uint64_t result = 0;
    const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), result);
    if (error == std::errc{} && end == value->data() + value->size() && result >= least && result <= most)
      return result;
    wrong(name, "it must be an integer from " + std::to_string(least) + " to " + std::to_string(most));
    return std::nullopt;
  }

  bool flag(std::string_view name) {
    if (const auto values = query_values(query_, name); values && values->size() > 1)
      wrong(name, "it must be given once");
    const auto value = text(name);
    if (!value || *value == "false" || *value == "0")
      return false;
    if (*value != "true" && *value != "1")
      wrong(name, "it must be true or false, 1 or 0");
    return true;
  }

  void wrong(std::string_view name, std::string detail) {
    errors_.push_back({{}, std::string{name}, std::move(detail)});
  }

  /// None when all was well.
  std::optional<problem> refusal() {
    if (errors_.empty())
      return std::nullopt;
    return invalid_request("the query is not valid", std::move(errors_));
  }

private:
  std::string_view query_;
  std::vector<input_error> errors_;
};

problem problem_of(const submission& refused) {
  problem p = make_problem(refused.refused, refused.detail);
  if (refused.retry_after && p.retry_after)
    p.retry_after = std::max(std::chrono::seconds{1}, std::chrono::ceil<std::chrono::seconds>(*refused.retry_after));
  if (p.status == 429)
    p.usage = refused.usage;
  if (p.status == 422)
    p.errors.push_back({{}, "images", p.detail});
  return p;
}

} // namespace

const api::path_entry api::paths[] = {
    {"/", audience::monitors, &api::get_root, nullptr},
    {"/livez", audience::monitors, &api::get_liveness, nullptr},
    {"/readyz", audience::monitors, &api::get_readiness, nullptr},
    {"/health", audience::monitors, &api::get_health, nullptr},
    {"/usage", audience::clients, &api::get_usage, nullptr},
    {"/capacity", audience::clients, nullptr, &api::post_capacity},
    {jobs_path, audience::clients, &api::list_jobs, &api::submit_job},
};

const api::path_entry* api::find(std::string_view path) {
  const auto* found =
      std::find_if(std::begin(paths), std::end(paths), [&](const path_entry& entry) { return entry.path == path; });
  return found == std::end(paths) ? nullptr : found;
}

bool api::is_use(const request& r) {
  if (is_below_jobs(r.path()))
    return true;
  const auto* found = find(r.path());
  return found != nullptr && found->asked_by == audience::clients;
}

api::api(const config& settings, std::shared_ptr<gateway> gate, std::shared_ptr<const vision::engine_provider> engine,
         clock_fn clock, std::string version, std::shared_ptr<const memory_budget> bodies)
    : settings_{settings},
      bodies_{std::move(bodies)},
      gate_{std::move(gate)},
      engine_{std::move(engine)},
      clock_{std::move(clock)},
      identity_{std::move(version), std::string{engine_->name()}, engine_->price_per_call(), engine_->engines()},
      root_{json_response(200, root_json(identity_))},
      windows_{std::make_shared<rate_limit_view>(gate_, settings.limits, clock_)},
      results_{std::uint64_t{settings.http.result_cache_mb} << 20U},
      pool_{std::make_unique<decode_pool>(decode_threads)} {}

api::~api() = default;

void api::stop() {
  refuse_new_work();
  stopped_ = true;
  pool_->stop();
}

void api::handle(const std::shared_ptr<exchange>& ex) {
  attempt(ex, [&] { route(ex); });
}

void api::route(const std::shared_ptr<exchange>& ex) {
  const auto path = ex->request().path();
  const auto method = ex->request().method();
  if (is_below_jobs(path)) {
    handle_job(ex, path.substr(jobs_path.size() + 1));
    return;
  }
  const auto* found = find(path);
  if (found == nullptr)
    return refuse(ex, unknown_path());
  const auto chosen = is_read(method) ? found->get : method == "POST" ? found->post : nullptr;
  if (chosen == nullptr)
    return refuse(ex, wrong_method(found->get == nullptr    ? "POST"
                                   : found->post == nullptr ? "GET, HEAD"
                                                            : "GET, HEAD, POST"));
  (this->*chosen)(ex);
}

void api::refuse(const std::shared_ptr<exchange>& ex, const problem& why) {
  finish(ex, to_response(why));
}

void api::finish(const exchange_ptr& ex, response r) {
  // A body that nobody read, or that was refused, does not wait for the headers below.
  if (!ex->request().body.empty())
    ex->request().body = {};
  if (!ex->request().path().starts_with("/ocr/"))
    return ex->answer(std::move(r));
  // A service that stops lets no answer wait for its headers.
  if (const auto lines = refusing_ ? windows_->known() : windows_->lines(clock_())) {
    r.headers += *lines;
    return ex->answer(std::move(r));
  }
  windows_->refresh([ex, r = std::move(r)](const rate_limit_view::lines_ptr& fresh) mutable {
    r.headers += *fresh;
    ex->answer(std::move(r));
  });
}

template <class Work>
void api::attempt(const exchange_ptr& ex, Work&& work) noexcept {
  const auto try_it = [&] {
    try {
      work();
    } catch (const std::exception& failure) {
      log::error("request_failed", {{"request_id", ex->request_id()}, {"error", failure.what()}});
      refuse(ex, make_problem(ec::internal));
    }
  };
  contained("request_failed", try_it);
}

template <class T>
reply<T> api::answer_with(const exchange_ptr& ex, std::function<void(const T&)> answer) {
  return [self = shared_from_this(), ex, answer = std::move(answer)](const std::variant<T, ec>& reply) {
    self->attempt(ex, [&] {
      if (const auto* value = std::get_if<T>(&reply))
        answer(*value);
      else
        self->refuse(ex, make_problem(std::get<ec>(reply)));
    });
  };
}

void api::ask_for_report(const exchange_ptr& ex, duration at_most, std::function<void(const service_report&)> answer) {
  gate_->report(at_most, [self = shared_from_this(), ex, answer = std::move(answer)](const service_report& report) {
    self->attempt(ex, [&] { answer(report); });
  });
}

void api::off_the_io_thread(const exchange_ptr& ex, std::function<void()> work) {
  pool_->post([self = shared_from_this(), ex, work = std::move(work)] { self->attempt(ex, work); });
}

void api::get_root(const exchange_ptr& ex) {
  finish(ex, root_);
}

void api::get_liveness(const exchange_ptr& ex) {
  finish(ex, json_response(200, status_json("alive")));
}

void api::get_readiness(const exchange_ptr& ex) {
  if (refusing_)
    return refuse(ex, make_problem(ec::shutting_down));
  ask_for_report(ex, report_bound, [this, ex](const service_report& report) {
    if (!report.store_works)
      refuse(ex, make_problem(ec::no_answer));
    else if (!*report.store_works)
      refuse(ex, make_problem(ec::store_unavailable));
    else
      finish(ex, json_response(200, status_json("ready")));
  });
}

void api::get_health(const exchange_ptr& ex) {
  ask_for_report(ex, health_bound, [this, ex](const service_report& report) {
    finish(ex, json_response(200, health_json(identity_, report, bodies_->used(), settings_)));
  });
}

void api::get_usage(const exchange_ptr& ex) {
  ask_for_report(ex, report_bound, [this, ex](const service_report& report) {
    if (report.usage && report.jobs)
      finish(ex, json_response(200, usage_json(identity_, *report.usage, *report.jobs)));
    else
      refuse(ex, make_problem(ec::no_answer));
  });
}

void api::post_capacity(const exchange_ptr& ex) {
  if (is_encoded(ex->request()))
    return refuse(ex, unsupported_coding());
  if (!equal_ignoring_case(field_value(ex->request().header("content-type")), json_type))
    return refuse(ex, unsupported_media_type({json_type}));
  off_the_io_thread(ex, [this, ex] {
    const auto query = read_capacity_query(ex->request().body);
    if (const auto* why = std::get_if<problem>(&query))
      return refuse(ex, *why);
    const auto& size = std::get<capacity_query>(query);
    finish(ex, json_response(200, capacity_json(vision::capacity_of(size.width, size.height, settings_.calls))));
  });
}

void api::submit_job(const exchange_ptr& ex) {
  if (refusing_)
    return refuse(ex, make_problem(ec::shutting_down));
  query_reader query{ex->request().query()};
  const bool dry_run = query.flag("dry_run");
  if (const auto why = query.refusal())
    return refuse(ex, *why);
  off_the_io_thread(ex, [this, ex, dry_run] { decode_and_submit(ex, dry_run); });
}

void api::decode_and_submit(const exchange_ptr& ex, bool dry_run) {
  auto uploaded = read_upload(ex->request());
  if (const auto* why = std::get_if<problem>(&uploaded))
    return refuse(ex, *why);
  auto spec = job_from(std::move(std::get<upload>(uploaded)), settings_, *engine_);
  if (const auto* why = std::get_if<problem>(&spec))
    return refuse(ex, *why);
  if (stopped_)
    return refuse(ex, make_problem(ec::shutting_down));
  auto job = std::move(std::get<std::shared_ptr<const job_spec>>(spec));
  if (dry_run)
    return gate_->quote(std::move(job), answer_with<quote>(ex, [this, ex](const quote& q) {
                          const auto& told = q.answer;
                          const auto why = told.accepted() ? std::nullopt : std::optional{problem_of(told)};
                          finish(ex, json_response(200, quote_json(q, why)));
                        }));
  look_ahead(job);
  gate_->submit(std::move(job), [self = shared_from_this(), ex](const submission& s) {
    self->attempt(ex, [&] { self->answer_submission(ex, s); });
  });
}

void api::look_ahead(const std::shared_ptr<const job_spec>& job) {
  // A few milliseconds' work: bodies that wait come in between.
  constexpr std::size_t at_once = 64;
  if (!engine_->reads_montages())
    return;
  for (std::size_t first = 0; first < job->pictures.size(); first += at_once)
    pool_->post([job, first] {
      contained("request_failed", [&] {
        for (auto i = first; i < std::min(first + at_once, job->pictures.size()); ++i)
          if (job->pictures[i].info.joins.kin != 0)
            vision::is_sound(job->pictures[i]);
      });
    });
}

void api::answer_submission(const exchange_ptr& ex, const submission& s) {
  if (s.usage)
    windows_->update(*s.usage);
  if (!s.accepted())
    return refuse(ex, problem_of(s));
  log::info("job_submitted", {{"job_id", s.id},
                              {"status", to_string(s.status)},
                              {"identical", s.identical},
                              {"request_id", ex->request_id()}});
  response r = json_response(s.identical ? 200 : 202, submission_json(s));
  r.add_header("Location", std::string{jobs_path} + "/" + s.id);
  if (!s.identical)
    r.add_header("Retry-After", "1");
  finish(ex, std::move(r));
}

void api::list_jobs(const exchange_ptr& ex) {
  query_reader query{ex->request().query()};
  job_filter filter;
  if (const auto status = query.text("status")) {
    filter.status = job_status_of(*status);
    if (!filter.status)
      query.wrong("status", "it must be pending, processing, completed, failed or cancelled");
  }
  filter.limit = static_cast<std::uint32_t>(query.number("limit", 1, largest_page).value_or(filter.limit));
  filter.cursor = query.number("cursor", 1, UINT64_MAX).value_or(filter.cursor);
  if (const auto why = query.refusal())
    return refuse(ex, *why);
  gate_->list(filter, answer_with<std::shared_ptr<const job_page>>(
                          ex, [this, ex](const auto& page) { finish(ex, json_response(200, job_list_json(*page))); }));
}

void api::handle_job(const exchange_ptr& ex, std::string_view id) {
  const auto method = ex->request().method();
  if (!is_job_id(id))
    return refuse(ex, make_problem(ec::job_not_found));
  if (is_read(method))
    get_job(ex, job_id{id});
  else if (method == "DELETE")
    delete_job(ex, job_id{id});
  else
    refuse(ex, wrong_method("GET, HEAD, DELETE"));
}

void api::get_job(const exchange_ptr& ex, job_id id) {
  query_reader query{ex->request().query()};
  const auto wait = query.number("wait", 0, longest_wait_seconds).value_or(0);
  if (const auto why = query.refusal())
    return refuse(ex, *why);
  if (const auto finished = results_.find(id, clock_()))
    return send_job(ex, *finished);
  auto done = answer_with<std::shared_ptr<const job_view>>(ex, [this, ex](const auto& job) { answer_job(ex, *job); });
  if (wait == 0)
    gate_->get(std::move(id), std::move(done));
  else
    gate_->wait(std::move(id), std::chrono::seconds{wait}, std::move(done));
}

void api::answer_job(const exchange_ptr& ex, const job_view& job) {
  const auto rendered = std::make_shared<const rendered_job>(render_job(job_json(job)));
  if (is_final(job.status) && job.expires_at)
    results_.insert(job.id, *job.expires_at, rendered);
  send_job(ex, *rendered);
}

void api::send_job(const exchange_ptr& ex, const rendered_job& job) {
  response r;
  r.headers = job.headers;
  if (const auto known = ex->request().header("if-none-match"); !known.empty() && matches(known, job.etag)) {
    r.status = 304;
  } else {
    r.content_type = json_type;
    r.body = job.body;
  }
  finish(ex, std::move(r));
}

void api::delete_job(const exchange_ptr& ex, job_id id) {
  gate_->cancel(id, [self = shared_from_this(), ex, id](const std::variant<std::monostate, ec>& reply) {
    self->attempt(ex, [&] {
      const auto* code = std::get_if<ec>(&reply);
      // A job that may have been forgotten is asked for again.
      if (code == nullptr || *code == ec::no_answer)
        self->results_.drop(id);
      if (code != nullptr)
        return self->refuse(ex, make_problem(*code));
      response r;
      r.status = 204;
      self->finish(ex, std::move(r));
    });
  });
}

} // namespace glyphgate::http
