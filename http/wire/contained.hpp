#pragma once

#include "core/log.hpp"

#include <exception>
#include <string_view>
#include <utility>

namespace glyphgate::http {

/// Does `work` where nothing may be thrown: what it throws, for want of memory too, goes to the log as an error named
/// `event`. False when it threw.
template <class Work>
bool contained(std::string_view event, Work&& work) noexcept {
  const auto note = [event](const char* what) {
    try {
      log::error(event, {{"error", what}});
    } catch (...) { // no memory even to say so
    }
    return false;
  };
  try {
    std::forward<Work>(work)();
    return true;
  } catch (const std::exception& failure) {
    return note(failure.what());
  } catch (...) {
    return note("something that is no exception");
  }
}

} // namespace glyphgate::http
