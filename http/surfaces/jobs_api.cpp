#include "http/surfaces/jobs_api.hpp"

#include "core/log.hpp"
#include "http/answers/json_answers.hpp"
#include "http/uploads/idempotency_key.hpp"
#include "http/uploads/upload.hpp"
#include "http/wire/content_coding.hpp"
#include "http/wire/entity_tag.hpp"
#include "http/wire/query_reader.hpp"
#include "http/wire/text.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <variant>

namespace glyphgate::http {

namespace {

constexpr std::string_view jobs_path = "/ocr/jobs";
constexpr std::uint64_t longest_wait_seconds = 55;
constexpr std::uint64_t largest_page = 1000;
constexpr std::size_t max_job_id = 64;
constexpr std::string_view images_part = "images/";
bool is_below_jobs(std::string_view path) {
  return path.size() > jobs_path.size() && path.starts_with(jobs_path) && path[jobs_path.size()] == '/';
}

// Refuses ids that no job can have without asking for them.
bool is_job_id(std::string_view id) {
  return !id.empty() && id.size() <= max_job_id && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

constexpr job_detail job_details[] = {job_detail::symbols, job_detail::words, job_detail::layout};

/// What a path below /ocr/jobs/ names.
struct named_job {
  /// Empty where no job can have it.
  std::string_view id;
  /// Percent-encoded; none where it is the whole job.
  std::optional<std::string_view> image{};
};

named_job named_in(std::string_view path) {
  const auto rest = path.substr(jobs_path.size() + 1);
  const auto slash = rest.find('/');
  named_job named{rest.substr(0, slash)};
  if (slash != std::string_view::npos) {
    const auto part = rest.substr(slash + 1);
    if (!part.starts_with(images_part) || part.size() == images_part.size() ||
        part.find('/', images_part.size()) != std::string_view::npos)
      return {};
    named.image = part.substr(images_part.size());
  }
  return is_job_id(named.id) ? named : named_job{};
}

// What a result is kept under: nobody is given what was kept for another name.
std::string result_key(const owner_name& owner, std::string_view id, job_detail detail) {
  return owner + '/' + std::string{id} + '/' + std::to_string(static_cast<int>(detail));
}

job_detail detail_in(query_reader& query) {
  const auto given = query.text("detail");
  if (!given)
    return job_detail::symbols;
  const auto detail = job_detail_of(*given);
  if (!detail)
    query.wrong("detail", "it must be words or layout; without it, only the characters are listed");
  return detail.value_or(job_detail::symbols);
}

} // namespace

jobs_api::jobs_api(const config& settings, std::shared_ptr<gateway> gate,
                   std::shared_ptr<const vision::engine_provider> engine, clock_fn clock,
                   std::shared_ptr<decode_pool> pool, std::shared_ptr<document_desk> documents)
    : settings_{settings},
      gate_{std::move(gate)},
      engine_{std::move(engine)},
      clock_{std::move(clock)},
      pool_{std::move(pool)},
      intake_{settings_.limits, gate_, engine_, pool_},
      desk_{std::make_shared<drawing_desk>(engine_)},
      documents_{std::move(documents)},
      results_{std::uint64_t{settings.http.result_cache_mb} << 20U} {}

bool jobs_api::serves(std::string_view path) const {
  return path.starts_with("/ocr/");
}

bool jobs_api::is_use(std::string_view path) const {
  return path == jobs_path || is_below_jobs(path);
}

std::string_view jobs_api::methods_of(std::string_view path) const {
  if (path == jobs_path)
    return "GET, HEAD, POST";
  const auto named = is_below_jobs(path) ? named_in(path) : named_job{};
  if (named.id.empty())
    return "";
  return named.image ? "GET, HEAD" : "GET, HEAD, DELETE";
}

std::string_view jobs_api::route_of(std::string_view path) const {
  if (path == jobs_path)
    return jobs_path;
  if (!is_below_jobs(path))
    return "";
  return named_in(path).image ? "/ocr/jobs/{id}/images/{image}" : "/ocr/jobs/{id}";
}

void jobs_api::handle(const exchange_ptr& ex) {
  const auto path = ex->request().path();
  if (is_below_jobs(path))
    handle_one(ex, path);
  else if (path == jobs_path)
    handle_all(ex);
  else
    refuse(ex, unknown_path());
}

void jobs_api::stop() {
  surface::stop();
  documents_->stop();
  desk_->stop();
}

void jobs_api::handle_all(const exchange_ptr& ex) {
  const auto method = ex->request().method();
  if (is_read(method))
    list_jobs(ex);
  else if (method == "POST")
    submit_job(ex);
  else
    refuse(ex, wrong_method(methods_of(ex->request().path())));
}

void jobs_api::handle_one(const exchange_ptr& ex, std::string_view path) {
  const auto method = ex->request().method();
  const auto named = named_in(path);
  if (named.id.empty())
    return refuse(ex, make_problem(ec::job_not_found));
  std::optional<std::string> image;
  if (named.image) {
    image = percent_decode(*named.image);
    if (!image)
      return refuse(ex, malformed_request("the image's id is not percent-encoded properly"));
  }
  if (is_read(method))
    get_job(ex, job_id{named.id}, std::move(image));
  else if (method == "DELETE" && !image)
    delete_job(ex, job_id{named.id});
  else
    refuse(ex, wrong_method(methods_of(ex->request().path())));
}

void jobs_api::send(const exchange_ptr& ex, response r) {
  // Who is not let in learns nothing of the limits.
  if (!ex->is_known())
    return ex->answer(std::move(r));
  // A service that stops lets no answer wait for its headers.
  const auto windows = windows_of(ex->who().name);
  if (const auto lines = refuses_new_work() ? windows->known() : windows->lines(clock_())) {
    r.headers += *lines;
    return ex->answer(std::move(r));
  }
  windows->refresh([ex, r = std::move(r)](const rate_limit_view::lines_ptr& fresh) mutable {
    r.headers += *fresh;
    ex->answer(std::move(r));
  });
}

template <class T>
reply<T> jobs_api::answer_with(const exchange_ptr& ex, std::function<void(const T&)> answer) {
  return [self = shared_from_this(), ex, answer = std::move(answer)](const std::variant<T, ec>& reply) {
    self->attempt(ex, [&] {
      if (const auto* value = std::get_if<T>(&reply))
        answer(*value);
      else
        self->refuse(ex, make_problem(std::get<ec>(reply)));
    });
  };
}

void jobs_api::submit_job(const exchange_ptr& ex) {
  if (refuses_new_work())
    return refuse(ex, make_problem(ec::shutting_down));
  query_reader query{ex->request().query()};
  const bool dry_run = query.flag("dry_run");
  if (const auto why = query.refusal())
    return refuse(ex, *why);
  auto key = idempotency_key_of(ex->request());
  if (const auto* why = std::get_if<problem>(&key))
    return refuse(ex, *why);
  attempt_on(*pool_, ex, [this, ex, dry_run, key = std::move(std::get<std::optional<std::string>>(key))]() mutable {
    decode_and_submit(ex, dry_run, std::move(key));
  });
}

job_or_problem jobs_api::job_of(upload from) const {
  return job_from(std::move(from), settings_, *engine_, images_needed::one, documents_.get());
}

void jobs_api::decode_and_submit(const exchange_ptr& ex, bool dry_run, std::optional<std::string> key) {
  auto uploaded = read_upload(ex->request());
  if (const auto* why = std::get_if<problem>(&uploaded))
    return refuse(ex, *why);
  auto& got = std::get<upload>(uploaded);
  got.owner = ex->who().name;
  got.idempotency_key = std::move(key);
  got.trace = ex->trace();
  if (!has_documents(got))
    return check_and_submit(ex, dry_run, std::move(got));
  attempt_on(documents_->pool(), ex, [this, ex, dry_run, held = std::make_shared<upload>(std::move(got))] {
    check_and_submit(ex, dry_run, std::move(*held));
  });
}

void jobs_api::check_and_submit(const exchange_ptr& ex, bool dry_run, upload from) {
  auto warnings = warnings_of(from);
  auto spec = job_of(std::move(from));
  if (const auto* why = std::get_if<problem>(&spec))
    return refuse(ex, *why);
  if (pool_->stopping())
    return refuse(ex, make_problem(ec::shutting_down));
  auto job = std::move(std::get<std::shared_ptr<const job_spec>>(spec));
  if (const auto why = intake_.too_many_images(ex->who(), job->pictures.size()))
    return refuse(ex, *why);
  if (dry_run)
    return gate_->quote(std::move(job),
                        answer_with<quote>(ex, [this, ex, warnings = std::move(warnings)](const quote& q) {
                          const auto& told = q.answer;
                          const auto why = told.accepted() ? std::nullopt : std::optional{problem_of(told)};
                          finish(ex, json_response(200, quote_json(q, why, warnings)));
                        }));
  intake_.submit(std::move(job),
                 [self = shared_from_this(), this, ex, warnings = std::move(warnings)](const submission& s) {
                   attempt(ex, [&] { answer_submission(ex, s, warnings); });
                 });
}

const std::shared_ptr<rate_limit_view>& jobs_api::windows_of(const owner_name& owner) {
  const std::lock_guard lock{windows_mutex_};
  auto& view = windows_[owner];
  if (!view)
    view = std::make_shared<rate_limit_view>([gate = gate_, owner](auto done) { gate->usage(owner, std::move(done)); },
                                             settings_.limits, clock_);
  return view;
}

void jobs_api::answer_submission(const exchange_ptr& ex, const submission& s,
                                 const std::vector<std::string>& warnings) {
  if (s.usage)
    windows_of(ex->who().name)->update(*s.usage);
  if (!s.accepted())
    return refuse(ex, problem_of(s));
  log::info("job_submitted", {{"job_id", s.id},
                              {"status", to_string(s.status)},
                              {"identical", s.identical},
                              {"repeated", s.repeated},
                              {"request_id", ex->request_id()}});
  auto r = accepted(s, warnings);
  r.add_header("Location", std::string{jobs_path} + "/" + s.id);
  if (!s.identical)
    r.add_header("Retry-After", "1");
  if (s.repeated)
    r.add_header("Idempotent-Replayed", "true");
  finish(ex, std::move(r));
}

response jobs_api::accepted(const submission& s, const std::vector<std::string>& warnings) const {
  return json_response(s.identical ? 200 : 202, submission_json(s, warnings));
}

void jobs_api::list_jobs(const exchange_ptr& ex) {
  query_reader query{ex->request().query()};
  job_filter filter;
  filter.owner = ex->who().name;
  if (const auto status = query.text("status")) {
    filter.status = job_status_of(*status);
    if (!filter.status)
      query.wrong("status", "it must be pending, processing, completed, failed or cancelled");
  }
  filter.limit = static_cast<std::uint32_t>(query.number("limit", 1, largest_page).value_or(filter.limit));
  filter.cursor = query.number("cursor", 1, UINT64_MAX).value_or(filter.cursor);
  if (const auto why = query.refusal())
    return refuse(ex, *why);
  gate_->list(filter, answer_with<std::shared_ptr<const job_page>>(ex, [this, ex](const auto& page) {
                finish_packed(*pool_, ex, json_response(200, job_list_json(*page)));
              }));
}

void jobs_api::get_job(const exchange_ptr& ex, job_id id, std::optional<std::string> image) {
  query_reader query{ex->request().query()};
  const auto wait = query.number("wait", 0, longest_wait_seconds).value_or(0);
  const auto detail = detail_in(query);
  if (const auto why = query.refusal())
    return refuse(ex, *why);
  auto wished = wish_of(ex->request(), refuses_unacceptable());
  if (const auto* why = std::get_if<problem>(&wished))
    return refuse(ex, *why);
  auto& wish = std::get<document_wish>(wished);
  wish.image = std::move(image);
  wish.detail = detail;
  const auto key = result_key(ex->who().name, id, detail);
  if (const auto finished = wish.is_plain_job() ? results_.find(key, clock_()) : nullptr)
    return send_job(ex, key, finished);
  auto done = answer_with<std::shared_ptr<const job_view>>(ex, [this, ex, wish](const auto& job) {
    if (wish.is_plain_job())
      answer_job(ex, *job, wish.detail);
    else
      answer_document(ex, job, wish);
  });
  if (wait == 0)
    gate_->get(ex->who().name, std::move(id), std::move(done));
  else
    ex->when_client_leaves(gate_->wait(ex->who().name, std::move(id), std::chrono::seconds{wait}, std::move(done)));
}

void jobs_api::answer_job(const exchange_ptr& ex, const job_view& job, job_detail detail) {
  const auto key = result_key(ex->who().name, job.id, detail);
  const auto rendered = std::make_shared<const rendered_job>(render_job(job_json(job, detail)));
  if (is_final(job.status) && job.expires_at)
    results_.insert(key, *job.expires_at, rendered);
  send_job(ex, key, rendered);
}

void jobs_api::answer_document(const exchange_ptr& ex, const std::shared_ptr<const job_view>& job,
                               const document_wish& wish) {
  if (!wish.shows_pictures() || !job->result)
    return send_document(ex, *job, wish, {[pool = pool_](auto work) { pool->post(std::move(work)); }});
  gate_->pictures(job->id,
                  answer_with<std::shared_ptr<const kept_pictures>>(ex, [this, ex, job, wish](const auto& kept) {
                    send_document(ex, *job, wish,
                                  {[desk = desk_](auto work) { desk->post(std::move(work)); }, kept,
                                   [desk = desk_](const picture& one) { return desk->draw(one); }});
                  }));
}

void jobs_api::send_document(const exchange_ptr& ex, const job_view& job, const document_wish& wish,
                             const document_means& means) {
  auto answer = document_of(job, wish, ex->request(), means);
  if (const auto* why = std::get_if<problem>(&answer))
    return refuse(ex, *why);
  finish(ex, std::move(std::get<response>(answer)));
}

void jobs_api::send_job(const exchange_ptr& ex, const std::string& key,
                        const std::shared_ptr<const rendered_job>& job) {
  const bool packed = is_worth_packing(*job->body) && wants_gzip(ex->request().header("accept-encoding"));
  const auto known = ex->request().header("if-none-match");
  if (names_entity(known, job->etag) || names_entity(known, gzip_etag(job->etag))) {
    response r;
    r.status = 304;
    r.headers = result_headers(packed ? gzip_etag(job->etag) : job->etag);
    return finish(ex, std::move(r));
  }
  if (!packed)
    return send_form(ex, *job);
  if (const auto kept = results_.find_gzipped(key))
    return send_form(ex, *kept);
  attempt_on(*pool_, ex, [this, ex, key, job] {
    const auto form = gzip_form(*job);
    if (form == nullptr)
      return send_form(ex, *job);
    results_.add_gzipped(key, form);
    send_form(ex, *form);
  });
}

void jobs_api::send_form(const exchange_ptr& ex, const rendered_job& job) {
  response r;
  r.headers = job.headers;
  r.content_type = json_type;
  r.body = job.body;
  finish(ex, std::move(r));
}

void jobs_api::delete_job(const exchange_ptr& ex, job_id id) {
  gate_->cancel(ex->who().name, id,
                [self = shared_from_this(), this, ex, id](const std::variant<std::monostate, ec>& reply) {
                  attempt(ex, [&] {
                    const auto* code = std::get_if<ec>(&reply);
                    // A job that may have been forgotten is asked for again.
                    if (code == nullptr || *code == ec::no_answer)
                      for (const auto detail : job_details)
                        results_.drop(result_key(ex->who().name, id, detail));
                    if (code != nullptr)
                      return refuse(ex, make_problem(*code));
                    response r;
                    r.status = 204;
                    finish(ex, std::move(r));
                  });
                });
}

} // namespace glyphgate::http
