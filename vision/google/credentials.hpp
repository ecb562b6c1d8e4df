#pragma once

#include "core/config.hpp"

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace glyphgate::vision {

/// What signs a service account's assertions.
struct service_account {
  std::string client_email;
  /// Where assertions are exchanged for tokens.
  std::string token_uri;
  /// May be empty.
  std::string project_id;
  std::string private_key_id;
  /// An RSA key.
  std::shared_ptr<EVP_PKEY> private_key;
};

struct api_key {
  secret key;
};

/// The metadata server knows the machine's own account.
struct metadata_server {
  std::string host;
};

using google_credentials = std::variant<service_account, api_key, metadata_server>;

/// The credentials that the settings name, or what is wrong with them, for the operator to read. The text names the
/// environment's variable and the field, and never holds any of the credentials' contents.
std::variant<google_credentials, std::string> load_credentials(const google_config& settings);

/// What is wrong with a URL that secrets are sent to; empty when nothing is: it must be https, or http to this machine.
std::string_view refuse_url(std::string_view url);

} // namespace glyphgate::vision
