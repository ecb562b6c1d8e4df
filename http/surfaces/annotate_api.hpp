#pragma once

#include "core/clock.hpp"
#include "core/config.hpp"
#include "http/surfaces/gateway.hpp"
#include "http/surfaces/job_gathering.hpp"
#include "http/surfaces/job_intake.hpp"
#include "http/surfaces/surface.hpp"
#include "http/uploads/annotate_plan.hpp"
#include "http/uploads/document_desk.hpp"
#include "vision/engine.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace glyphgate::http {

/// The paths of Google Cloud Vision, all that is below /v1/, for clients that were written for Google. Requests become
/// jobs, which are waited for; refusals have Google's form.
class annotate_api : public surface {
public:
  annotate_api(const config& settings, std::shared_ptr<gateway> gate,
               std::shared_ptr<const vision::engine_provider> engine, clock_fn clock, std::shared_ptr<decode_pool> pool,
               std::shared_ptr<document_desk> documents);

  bool serves(std::string_view path) const override;
  bool is_use(std::string_view path) const override;
  std::string_view methods_of(std::string_view path) const override;
  std::string_view route_of(std::string_view path) const override;
  bool takes_key_in_query() const override { return true; }
  void handle(const exchange_ptr& ex) override;
  void stop() override;

protected:
  response render(const problem& why) const override;

private:
  void annotate(const exchange_ptr& ex, annotate_kind kind);
  void decode_and_submit(const exchange_ptr& ex, annotate_kind kind, const std::shared_ptr<job_gathering>& jobs);
  void plan_and_submit(const exchange_ptr& ex, annotate_kind kind, const std::shared_ptr<job_gathering>& jobs,
                       std::vector<annotate_item> items);
  void answer(const exchange_ptr& ex, annotate_kind kind, const annotate_plan& plan,
              const std::vector<std::shared_ptr<const job_view>>& jobs);

  const config settings_;
  const std::shared_ptr<gateway> gate_;
  const std::shared_ptr<const vision::engine_provider> engine_;
  const clock_fn clock_;
  const std::shared_ptr<decode_pool> pool_;
  const job_intake intake_;
  const std::shared_ptr<document_desk> documents_;
};

} // namespace glyphgate::http
