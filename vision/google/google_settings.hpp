#pragma once

#include "vision/google/secret.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace glyphgate::vision {

/// How Google Cloud Vision is reached and paid. Empty means not set. At most one of `credentials_file`,
/// `credentials_json` and `api_key` may be set.
struct google_settings {
  /// GOOGLE_APPLICATION_CREDENTIALS: the path of a service account's JSON file.
  std::string credentials_file;
  /// GOOGLE_APPLICATION_CREDENTIALS_JSON: that JSON itself.
  secret credentials_json;
  /// GOOGLE_API_KEY
  secret api_key;
  /// GOOGLE_USE_METADATA: where no other credentials are set, ask the metadata server of Google's machines.
  bool use_metadata = false;
  /// GCE_METADATA_HOST: its host, with a port if need be.
  std::string metadata_host = "metadata.google.internal";
  /// GOOGLE_CLOUD_QUOTA_PROJECT: the project that is billed, instead of the credentials' own.
  std::string quota_project;
  /// GOOGLE_CLOUD_PROJECT: the project in a location's path; else the service account's, else the billed one.
  std::string project;
  /// VISION_ENDPOINT; https, or http on this machine.
  std::string endpoint = "https://vision.googleapis.com";
  /// VISION_LOCATION: "us" or "eu" keeps the processing there.
  std::string location;
  /// LANGUAGE_HINTS: BCP 47 tags for jobs that have none. Google reads most things best without.
  std::vector<std::string> language_hints;
  /// VISION_TIMEOUT_SECONDS: one call, from its connection to its answer's end.
  std::chrono::milliseconds timeout{60'000};
  std::chrono::milliseconds connect_timeout{10'000};
  /// VISION_CALL_PRICE_USD
  double call_price_usd = 0.0015;
  /// A file of certificates to trust instead of the system's.
  std::string ca_file;
};

} // namespace glyphgate::vision
