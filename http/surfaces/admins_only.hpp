#pragma once

#include "http/wire/exchange.hpp"
#include "http/wire/problem.hpp"

namespace glyphgate::http {

/// Whether the request comes from an admin. Where the service has no keys, whoever comes runs it.
inline bool sees_everything(const exchange_ptr& ex) {
  return ex->who().admin || (ex->is_known() && ex->who().name.empty());
}

/// Why a request is refused that does not come from an admin.
inline problem not_an_admin(const exchange_ptr& ex) {
  return make_problem(403, "forbidden", "This needs an admin's key",
                      ex->who().name.empty()
                          ? "this service has no keys, so it knows no admin: make one with `glyphgate key new NAME "
                            "admin`, and put the line that it prints into its list of keys"
                          : "the key that was shown may not do this: show one whose line in the service's list of keys "
                            "has the word admin");
}

} // namespace glyphgate::http
