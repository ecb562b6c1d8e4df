#include "vision/google/google_provider.hpp"

#include "vision/google/credentials.hpp"
#include "vision/google/google_engine.hpp"
#include "vision/reader/memory_need.hpp"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

namespace glyphgate::vision {

namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Whether it has the shape of a BCP 47 tag: subtags of at most eight letters and digits.
bool is_language_tag(std::string_view tag) {
  constexpr std::size_t max_length = 35, max_subtag = 8;
  if (tag.size() > max_length)
    return false;
  for (;;) {
    const auto subtag = tag.substr(0, tag.find('-'));
    if (subtag.empty() || subtag.size() > max_subtag || !std::ranges::all_of(subtag, is_alphanumeric))
      return false;
    if (subtag.size() == tag.size())
      return true;
    tag.remove_prefix(subtag.size() + 1);
  }
}

/// Whether it may stand in a path and a header: Google's project ids, also "example.com:project", and numbers.
bool is_project(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == '-' || c == '.' || c == ':'; });
}

bool is_host(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_alphanumeric(c) || c == '-' || c == '.' || c == ':' || c == '[' || c == ']';
  });
}

std::string project_of(const google_config& settings, const google_credentials& credentials) {
  if (!settings.project.empty())
    return settings.project;
  if (const auto* account = std::get_if<service_account>(&credentials); account && !account->project_id.empty())
    return account->project_id;
  return settings.quota_project;
}

std::string refuse(const google_config& settings) {
  if (const auto reason = refuse_url(settings.endpoint); !reason.empty())
    return "VISION_ENDPOINT " + std::string{reason};
  if (!settings.location.empty() && settings.location != "us" && settings.location != "eu")
    return "VISION_LOCATION is neither us nor eu";
  if (!is_project(settings.quota_project))
    return "GOOGLE_CLOUD_QUOTA_PROJECT is not a project's id";
  if (!is_host(settings.metadata_host))
    return "GCE_METADATA_HOST is not a host's name";
  for (const auto& hint : settings.language_hints)
    if (!is_language_tag(hint))
      return "LANGUAGE_HINTS holds something that is not a language tag such as \"en\" or \"zh-Hans\"";
  return {};
}

/// Goes on while the machine sleeps, as a token's life does.
timestamp time_since_boot() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return timestamp{std::chrono::seconds{now.tv_sec} +
                   std::chrono::duration_cast<duration>(std::chrono::nanoseconds{now.tv_nsec})};
}

} // namespace

google_provider::google_provider(std::shared_ptr<const google_account> account, reader_factory make_reader,
                                 sieve_source sieve, std::shared_ptr<const picture_memory> memory)
    : account_{std::move(account)},
      make_reader_{std::move(make_reader)},
      sieve_{std::move(sieve)},
      memory_{std::move(memory)} {}

std::string google_provider::recognition_scope() const {
  const auto& settings = account_->settings;
  auto scope = "google DOCUMENT_TEXT_DETECTION " + settings.endpoint + ' ' + settings.location;
  for (const auto& hint : settings.language_hints)
    scope += ' ' + hint;
  return scope;
}

micro_dollars google_provider::price_per_call() const {
  return account_->settings.call_price;
}

std::vector<std::string> google_provider::refuse_hints(const std::vector<std::string>& hints) const {
  std::vector<std::string> reasons;
  for (const auto& hint : hints)
    if (!is_language_tag(hint))
      reasons.emplace_back("not a language tag such as \"en\" or \"zh-Hans\"");
  return reasons;
}

std::uint64_t google_provider::memory_of(const picture_header& header) const {
  return header.info.joins.kin != 0 ? 0 : decoding_memory(header);
}

std::unique_ptr<engine> google_provider::make() const {
  return std::make_unique<google_engine>(account_, make_reader_());
}

std::variant<std::unique_ptr<google_provider>, std::string>
make_google_provider(google_config settings, reader_factory make_reader, sieve_source sieve,
                     std::shared_ptr<const picture_memory> memory) {
  while (settings.endpoint.ends_with('/'))
    settings.endpoint.pop_back();
  if (auto reason = refuse(settings); !reason.empty())
    return reason;
  if (!settings.ca_file.empty() && ::access(settings.ca_file.c_str(), R_OK) != 0)
    return "VISION_CA_FILE " + settings.ca_file + ": " + std::strerror(errno);
  auto loaded = load_credentials(settings);
  if (auto* reason = std::get_if<std::string>(&loaded))
    return std::move(*reason);

  auto account = std::make_shared<google_account>();
  account->credentials = std::get<google_credentials>(std::move(loaded));
  std::string path = "/v1/";
  if (!settings.location.empty()) {
    const auto project = project_of(settings, account->credentials);
    if (project.empty() || !is_project(project))
      return std::string{"VISION_LOCATION needs a project's id: GOOGLE_CLOUD_PROJECT"};
    path += "projects/" + project + "/locations/" + settings.location + '/';
  }
  // The answer is pretty by default: mostly blanks.
  account->url = settings.endpoint + path + "images:annotate?prettyPrint=false";
  if (!std::holds_alternative<api_key>(account->credentials))
    account->tokens = std::make_shared<access_token_source>(account->credentials, &time_since_boot);
  account->settings = std::move(settings);
  // They are in `credentials` now.
  account->settings.credentials_json = {};
  account->settings.api_key = {};
  return std::make_unique<google_provider>(std::move(account), std::move(make_reader), std::move(sieve),
                                           std::move(memory));
}

} // namespace glyphgate::vision
