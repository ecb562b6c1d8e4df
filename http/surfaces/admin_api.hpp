#pragma once

#include "core/clock.hpp"
#include "core/config.hpp"
#include "core/limits/billing_calendar.hpp"
#include "http/surfaces/gateway.hpp"
#include "http/surfaces/surface.hpp"
#include "http/uploads/decode_pool.hpp"

#include <memory>
#include <string_view>

namespace glyphgate::http {

/// The paths of whoever runs the service: stopping the calls to the engine and resuming them, the alerts of Google's
/// budgets, and the ledger by key and day. All but the alerts, which show a secret of their own, need an admin's key.
class admin_api : public surface {
public:
  admin_api(const config& settings, std::shared_ptr<gateway> gate, clock_fn clock, std::shared_ptr<decode_pool> pool);

  bool serves(std::string_view path) const override;
  bool is_use(std::string_view) const override { return true; }
  std::string_view methods_of(std::string_view path) const override;
  std::string_view route_of(std::string_view path) const override;
  access access_to(std::string_view path, const request& r) const override;
  void handle(const exchange_ptr& ex) override;

private:
  using member = void (admin_api::*)(const exchange_ptr&);

  void pause(const exchange_ptr& ex);
  void resume(const exchange_ptr& ex);
  void hear_budget(const exchange_ptr& ex);
  void export_ledger(const exchange_ptr& ex);

  /// Answers 204 when it is done, or why it is not.
  reply<std::monostate> when_done(const exchange_ptr& ex);
  /// Whether the request shows the token of budget alerts.
  bool shows_token(const request& r) const;

  const config settings_;
  const std::shared_ptr<gateway> gate_;
  const clock_fn clock_;
  const std::shared_ptr<decode_pool> pool_;
  const billing_calendar calendar_;
};

} // namespace glyphgate::http
