#pragma once

#include "http/surfaces/entrance.hpp"
#include "http/surfaces/surface.hpp"
#include "http/uploads/decode_pool.hpp"
#include "http/wire/handler.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace glyphgate::http {

/// Hands each request to the surface that serves its path. What none of them serves is refused as a path that there is
/// not.
class router : public handler {
public:
  /// The first of the surfaces that serves a path gets it, if `door` lets the request in. `pool` is where they do what
  /// takes its time. A path with a slash too many is answered with the status `moved`, 307 or 308.
  router(std::vector<std::shared_ptr<surface>> surfaces, std::shared_ptr<decode_pool> pool, entrance door,
         unsigned moved);

  admittance admit(const request& r) override;
  bool is_use(const request& r) const override;
  std::string_view route_of(const request& r) const override;
  void handle(const exchange_ptr& ex) override;
  void refuse(const exchange_ptr& ex, const problem& why) override;
  void refuse_new_work() override;
  void stop() override;

private:
  surface& surface_of(std::string_view path) const;
  bool is_there(std::string_view path) const;

  std::vector<std::shared_ptr<surface>> surfaces_;
  const std::shared_ptr<decode_pool> pool_;
  const entrance door_;
  const unsigned moved_;
};

} // namespace glyphgate::http
