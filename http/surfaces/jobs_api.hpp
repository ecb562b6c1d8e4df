#pragma once

#include "core/clock.hpp"
#include "core/config.hpp"
#include "core/quote.hpp"
#include "core/submission.hpp"
#include "http/answers/json_layout.hpp"
#include "http/answers/rate_limit_view.hpp"
#include "http/answers/result_cache.hpp"
#include "http/surfaces/drawing_desk.hpp"
#include "http/surfaces/gateway.hpp"
#include "http/surfaces/job_documents.hpp"
#include "http/surfaces/job_intake.hpp"
#include "http/surfaces/surface.hpp"
#include "http/uploads/job_request.hpp"
#include "vision/engine.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace glyphgate::http {

/// The paths of jobs, all that is below /ocr/: what there is of it is /ocr/jobs, /ocr/jobs/ID and
/// /ocr/jobs/ID/images/IMAGE. Each of its answers has the rate-limit headers, apart from those to strangers.
class jobs_api : public surface {
public:
  jobs_api(const config& settings, std::shared_ptr<gateway> gate, std::shared_ptr<const vision::engine_provider> engine,
           clock_fn clock, std::shared_ptr<decode_pool> pool, std::shared_ptr<document_desk> documents);

  bool serves(std::string_view path) const override;
  bool is_use(std::string_view path) const override;
  std::string_view methods_of(std::string_view path) const override;
  std::string_view route_of(std::string_view path) const override;
  void handle(const exchange_ptr& ex) override;
  void stop() override;

protected:
  void send(const exchange_ptr& ex, response r) override;
  /// The job that was posted in that upload, or why there is none.
  virtual job_or_problem job_of(upload from) const;
  /// The answer to who posted a job, be it a new one or one that is there.
  virtual response accepted(const submission& s, const std::vector<std::string>& warnings) const;
  /// Whether a client that accepts no format that there is is told so; else it gets JSON.
  virtual bool refuses_unacceptable() const { return true; }

  const config& settings() const { return settings_; }
  const vision::engine_provider& engine() const { return *engine_; }
  const document_desk& documents() const { return *documents_; }

private:
  void handle_all(const exchange_ptr& ex);
  void handle_one(const exchange_ptr& ex, std::string_view path);
  void list_jobs(const exchange_ptr& ex);
  void submit_job(const exchange_ptr& ex);
  /// The job, or the picture of that id in it.
  void get_job(const exchange_ptr& ex, job_id id, std::optional<std::string> image);
  void delete_job(const exchange_ptr& ex, job_id id);

  void decode_and_submit(const exchange_ptr& ex, bool dry_run, std::optional<std::string> key);
  void check_and_submit(const exchange_ptr& ex, bool dry_run, upload from);
  const std::shared_ptr<rate_limit_view>& windows_of(const owner_name& owner);
  void answer_submission(const exchange_ptr& ex, const submission& s, const std::vector<std::string>& warnings);
  void answer_job(const exchange_ptr& ex, const job_view& job, job_detail detail);
  void answer_document(const exchange_ptr& ex, const std::shared_ptr<const job_view>& job, const document_wish& wish);
  void send_document(const exchange_ptr& ex, const job_view& job, const document_wish& wish,
                     const document_means& means);
  /// `key` is what the job's result is kept under.
  void send_job(const exchange_ptr& ex, const std::string& key, const std::shared_ptr<const rendered_job>& job);
  void send_form(const exchange_ptr& ex, const rendered_job& job);
  /// The gateway's reply as a call of `answer`, or as a refusal.
  template <class T>
  reply<T> answer_with(const exchange_ptr& ex, std::function<void(const T&)> answer);

  const config settings_;
  const std::shared_ptr<gateway> gate_;
  const std::shared_ptr<const vision::engine_provider> engine_;
  const clock_fn clock_;
  const std::shared_ptr<decode_pool> pool_;
  const job_intake intake_;
  /// For documents that hold pictures.
  const std::shared_ptr<drawing_desk> desk_;
  /// Looks at PDFs that are handed in.
  const std::shared_ptr<document_desk> documents_;
  /// The windows as each owner is told them.
  std::mutex windows_mutex_;
  std::unordered_map<owner_name, std::shared_ptr<rate_limit_view>> windows_;
  result_cache results_;
};

} // namespace glyphgate::http
