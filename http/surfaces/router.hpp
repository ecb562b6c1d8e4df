#pragma once

#include "http/surfaces/surface.hpp"
#include "http/uploads/decode_pool.hpp"
#include "http/wire/handler.hpp"

#include <memory>
#include <vector>

namespace glyphgate::http {

/// Hands each request to the surface that serves its path. What none of them serves is refused as a path that there is
/// not.
class router : public handler {
public:
  /// The first of the surfaces that serves a path gets it. `pool` is where they do what takes its time.
  router(std::vector<std::shared_ptr<surface>> surfaces, std::shared_ptr<decode_pool> pool);

  bool is_use(const request& r) const override;
  void handle(const exchange_ptr& ex) override;
  void refuse(const exchange_ptr& ex, const problem& why) override;
  void refuse_new_work() override;
  void stop() override;

private:
  surface& surface_of(const request& r) const;

  std::vector<std::shared_ptr<surface>> surfaces_;
  const std::shared_ptr<decode_pool> pool_;
};

} // namespace glyphgate::http
