#pragma once

#include <curl/curl.h>

namespace glyphgate::vision {

/// The functions of libcurl that are used, each by its name without "curl_".
struct curl_library {
  decltype(&::curl_easy_cleanup) easy_cleanup;
  decltype(&::curl_easy_getinfo) easy_getinfo;
  decltype(&::curl_easy_init) easy_init;
  decltype(&::curl_easy_reset) easy_reset;
  decltype(&::curl_easy_setopt) easy_setopt;
  decltype(&::curl_easy_strerror) easy_strerror;
  decltype(&::curl_multi_add_handle) multi_add_handle;
  decltype(&::curl_multi_cleanup) multi_cleanup;
  decltype(&::curl_multi_info_read) multi_info_read;
  decltype(&::curl_multi_init) multi_init;
  decltype(&::curl_multi_perform) multi_perform;
  decltype(&::curl_multi_poll) multi_poll;
  decltype(&::curl_multi_remove_handle) multi_remove_handle;
  decltype(&::curl_multi_strerror) multi_strerror;
  decltype(&::curl_multi_timeout) multi_timeout;
  decltype(&::curl_multi_wakeup) multi_wakeup;
  decltype(&::curl_slist_append) slist_append;
  decltype(&::curl_slist_free_all) slist_free_all;
};

/// libcurl, loaded and initialised when it is first asked for: it brings some thirty libraries along, which would take
/// more than half of the time that the service needs to start. Null where it cannot be loaded. Callable from any
/// thread.
const curl_library* curl();

} // namespace glyphgate::vision
