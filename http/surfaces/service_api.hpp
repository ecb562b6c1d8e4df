#pragma once

#include "core/config.hpp"
#include "http/answers/json_answers.hpp"
#include "http/surfaces/gateway.hpp"
#include "http/surfaces/surface.hpp"
#include "http/uploads/upload.hpp"
#include "http/wire/memory_budget.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace glyphgate::http {

/// The paths about the service itself: what it is, how it is, what it has used and what it can take.
class service_api : public surface {
public:
  service_api(const config& settings, std::shared_ptr<gateway> gate, service_identity identity,
              std::shared_ptr<const memory_budget> bodies, std::shared_ptr<decode_pool> pool);

  bool serves(std::string_view path) const override;
  bool is_use(std::string_view path) const override;
  std::string_view methods_of(std::string_view path) const override;
  std::string_view route_of(std::string_view path) const override;
  access access_to(std::string_view path, const request& r) const override;
  void handle(const exchange_ptr& ex) override;

protected:
  /// The question that is posted to /capacity. Spoils the body.
  virtual capacity_or_problem read_capacity(request& r) const;

private:
  using member = void (service_api::*)(const exchange_ptr&);

  /// Who asks for a path. Monitors do so for ever, needed or not.
  enum class audience : std::uint8_t { clients, monitors };

  /// What a path answers to its method, GET (and HEAD) or POST.
  struct path_entry {
    std::string_view path;
    audience asked_by;
    access open_to;
    std::string_view method;
    member answer;
  };
  static const path_entry paths[];
  /// Null when it is none of the surface's.
  static const path_entry* find(std::string_view path);

  void get_root(const exchange_ptr& ex);
  void get_liveness(const exchange_ptr& ex);
  void get_readiness(const exchange_ptr& ex);
  void get_health(const exchange_ptr& ex);
  void get_usage(const exchange_ptr& ex);
  void post_capacity(const exchange_ptr& ex);

  /// Gathers what is known of the service until then, and calls `answer` with it.
  void ask_for_report(const exchange_ptr& ex, duration at_most, std::function<void(const service_report&)> answer);

  const config settings_;
  const std::shared_ptr<gateway> gate_;
  const service_identity identity_;
  const std::shared_ptr<const memory_budget> bodies_;
  const std::shared_ptr<decode_pool> pool_;
  const response root_;
};

} // namespace glyphgate::http
