#include "http/surfaces/job_intake.hpp"

#include "http/wire/contained.hpp"
#include "vision/jpeg/soundness.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace glyphgate::http {

problem problem_of(const submission& refused) {
  problem p = make_problem(refused.refused, refused.detail);
  if (refused.retry_after && p.retry_after)
    p.retry_after = std::max(std::chrono::seconds{1}, std::chrono::ceil<std::chrono::seconds>(*refused.retry_after));
  if (p.status == 429)
    p.usage = refused.usage;
  if (refused.refused == ec::job_too_large)
    p.errors.push_back({{}, "images", p.detail});
  return p;
}

job_intake::job_intake(const rate_limiter_config& limits, std::shared_ptr<gateway> gate,
                       std::shared_ptr<const vision::engine_provider> engine, std::shared_ptr<decode_pool> pool)
    : limits_{limits},
      gate_{std::move(gate)},
      engine_{std::move(engine)},
      pool_{std::move(pool)} {}

std::optional<problem> job_intake::too_many_images(const caller& who, std::size_t images) const {
  const auto of_service = limits_.pages_per_job;
  const auto of_key = who.pages_per_job;
  if ((of_service == 0 || images <= of_service) && images <= of_key.value_or(UINT32_MAX))
    return std::nullopt;
  const bool by_key = of_key && (of_service == 0 || *of_key < of_service);
  const auto most = std::to_string(by_key ? *of_key : of_service);
  return invalid_request("the job has too many images", {{{},
                                                          "images",
                                                          "there are " + std::to_string(images) + ", and a job of " +
                                                              (by_key ? "this key" : std::string{"this service"}) +
                                                              " may have " + most + ": split the job"}});
}

void job_intake::submit(std::shared_ptr<const job_spec> job, std::function<void(const submission&)> done) const {
  look_ahead(job);
  gate_->submit(std::move(job), std::move(done));
}

void job_intake::look_ahead(const std::shared_ptr<const job_spec>& job) const {
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

} // namespace glyphgate::http
