#include "vision/google/curl_library.hpp"

#include "core/log.hpp"

#include <dlfcn.h>

#include <optional>
#include <type_traits>

namespace glyphgate::vision {

namespace {

// What Debian's package libcurl4 holds; its functions have kept their form since 2006.
constexpr auto file = "libcurl.so.4";

std::optional<curl_library> load() {
  // It stays loaded: what it has started may run until the process ends.
  void* const library = ::dlopen(file, RTLD_NOW | RTLD_LOCAL);
  const auto find = [library](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(library, name));
    return function != nullptr;
  };
  curl_library loaded{};
  decltype(&::curl_global_init) initialise = nullptr;
  const bool found =
      library != nullptr && find(initialise, "curl_global_init") && find(loaded.easy_cleanup, "curl_easy_cleanup") &&
      find(loaded.easy_getinfo, "curl_easy_getinfo") && find(loaded.easy_init, "curl_easy_init") &&
      find(loaded.easy_reset, "curl_easy_reset") && find(loaded.easy_setopt, "curl_easy_setopt") &&
      find(loaded.easy_strerror, "curl_easy_strerror") && find(loaded.multi_add_handle, "curl_multi_add_handle") &&
      find(loaded.multi_cleanup, "curl_multi_cleanup") && find(loaded.multi_info_read, "curl_multi_info_read") &&
      find(loaded.multi_init, "curl_multi_init") && find(loaded.multi_perform, "curl_multi_perform") &&
      find(loaded.multi_poll, "curl_multi_poll") && find(loaded.multi_remove_handle, "curl_multi_remove_handle") &&
      find(loaded.multi_strerror, "curl_multi_strerror") && find(loaded.multi_timeout, "curl_multi_timeout") &&
      find(loaded.multi_wakeup, "curl_multi_wakeup") && find(loaded.slist_append, "curl_slist_append") &&
      find(loaded.slist_free_all, "curl_slist_free_all");
  if (found && initialise(CURL_GLOBAL_DEFAULT) == CURLE_OK)
    return loaded;
  const char* const why = ::dlerror();
  log::error("library_not_loaded", {{"library", file}, {"reason", why != nullptr ? why : "it cannot be initialised"}});
  return std::nullopt;
}

} // namespace

const curl_library* curl() {
  static const auto library = load();
  return library ? &*library : nullptr;
}

} // namespace glyphgate::vision
