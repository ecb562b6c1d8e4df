#include "vision/google/credentials.hpp"

#include "vision/google/json.hpp"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <rapidjson/error/en.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>
#include <vector>

namespace glyphgate::vision {

namespace {

constexpr std::size_t max_file_size = 64 * 1024;
constexpr char default_token_uri[] = "https://oauth2.googleapis.com/token";

/// Bytes that are wiped when they go.
struct wiped_buffer {
  explicit wiped_buffer(std::size_t size) : bytes(size) {}
  ~wiped_buffer() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
  wiped_buffer(const wiped_buffer&) = delete;
  wiped_buffer& operator=(const wiped_buffer&) = delete;
  std::vector<char> bytes;
};

std::variant<secret, std::string> contents(const std::string& path) {
  const auto wrong = [&](std::string_view reason) { return path + ": " + std::string{reason}; };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path.c_str(), "rbe"), &std::fclose};
  if (!file)
    return wrong(std::generic_category().message(errno));
  // stdio's own buffer would not be wiped.
  std::setvbuf(file.get(), nullptr, _IONBF, 0);
  wiped_buffer buffer{max_file_size + 1};
  const auto size = std::fread(buffer.bytes.data(), 1, buffer.bytes.size(), file.get());
  if (std::ferror(file.get()))
    return wrong(std::generic_category().message(errno));
  if (size > max_file_size)
    return wrong("too large for a service account's file");
  return secret{{buffer.bytes.data(), size}};
}

std::shared_ptr<EVP_PKEY> parse_key(std::string_view pem) {
  const std::unique_ptr<BIO, int (*)(BIO*)> source{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                   &BIO_free};
  // An encrypted key would make OpenSSL ask at the terminal.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  return {PEM_read_bio_PrivateKey(source.get(), nullptr, no_password, nullptr), &EVP_PKEY_free};
}

bool is_consistent(EVP_PKEY* key) {
  const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> context{EVP_PKEY_CTX_new(key, nullptr),
                                                                       &EVP_PKEY_CTX_free};
  return EVP_PKEY_check(context.get()) == 1;
}

std::variant<service_account, std::string> parse_service_account(std::string_view json) {
  using namespace rapidjson;
  // Parsed in place, so that the key is nowhere but in here.
  wiped_buffer buffer{json.size() + 1};
  std::ranges::copy(json, buffer.bytes.begin());
  Document document;
  document.ParseInsitu<kParseIterativeFlag>(buffer.bytes.data());
  if (document.HasParseError())
    return "not JSON: " + std::string{GetParseError_En(document.GetParseError())} + " At byte " +
           std::to_string(document.GetErrorOffset()) + '.';
  if (!document.IsObject())
    return "not a JSON object";
  const auto field = [&](const char* name) { return string_member(document, name); };

  if (const auto type = field("type"); type != "service_account")
    return std::string{"the field \"type\" is not \"service_account\"; other kinds of credentials are not supported"};
  for (const auto* name : {"client_email", "private_key"})
    if (field(name).empty())
      return std::string{"the field \""} + name + "\" is missing";
  service_account account;
  account.client_email = field("client_email");
  account.token_uri = field("token_uri").empty() ? std::string_view{default_token_uri} : field("token_uri");
  account.project_id = field("project_id");
  account.private_key_id = field("private_key_id");
  if (const auto reason = refuse_url(account.token_uri); !reason.empty())
    return "the field \"token_uri\" " + std::string{reason};
  account.private_key = parse_key(field("private_key"));
  if (!account.private_key)
    return std::string{"the field \"private_key\" holds no key in PEM without a password; in an environment variable "
                       "its line breaks are written \\n"};
  if (EVP_PKEY_get_base_id(account.private_key.get()) != EVP_PKEY_RSA)
    return std::string{"the field \"private_key\" holds a key that is not RSA"};
  if (!is_consistent(account.private_key.get()))
    return std::string{"the field \"private_key\" holds a damaged key"};
  return account;
}

std::variant<google_credentials, std::string> with_name(std::string_view name,
                                                        std::variant<service_account, std::string> parsed) {
  if (const auto* wrong = std::get_if<std::string>(&parsed))
    return std::string{name} + ": " + *wrong;
  return google_credentials{std::get<service_account>(std::move(parsed))};
}

} // namespace

std::string_view refuse_url(std::string_view url) {
  const auto is_visible = [](char c) { return c > ' ' && c < '\x7f'; };
  if (!std::ranges::all_of(url, is_visible))
    return "is not a URL";
  if (url.starts_with("https://") && url.size() > 8)
    return {};
  if (!url.starts_with("http://"))
    return "is not a URL that starts with https://";
  url.remove_prefix(7);
  const auto authority = url.substr(0, url.find_first_of("/?#"));
  const auto is_host = [&](std::string_view host) {
    return authority == host || (authority.starts_with(host) && authority[host.size()] == ':' &&
                                 authority.find('@') == std::string_view::npos);
  };
  if (is_host("127.0.0.1") || is_host("localhost") || is_host("[::1]"))
    return {};
  return "would send secrets unencrypted; only this machine itself may be reached by http://";
}

std::variant<google_credentials, std::string> load_credentials(const google_config& settings) {
  constexpr std::string_view file = "GOOGLE_APPLICATION_CREDENTIALS", json = "GOOGLE_APPLICATION_CREDENTIALS_JSON",
                             key = "GOOGLE_API_KEY";
  std::string set;
  int count = 0;
  for (const auto& [name, is_set] :
       {std::pair{file, !settings.credentials_file.empty()}, std::pair{json, !settings.credentials_json.empty()},
        std::pair{key, !settings.api_key.empty()}})
    if (is_set) {
      set += (count == 0 ? "" : " and ") + std::string{name};
      ++count;
    }
  if (count > 1)
    return set + " are set; keep one of them";

  if (!settings.credentials_file.empty()) {
    const auto read = contents(settings.credentials_file);
    if (const auto* wrong = std::get_if<std::string>(&read))
      return std::string{file} + ": " + *wrong;
    return with_name(file, parse_service_account(std::get<secret>(read).reveal()));
  }
  if (!settings.credentials_json.empty())
    return with_name(json, parse_service_account(settings.credentials_json.reveal()));
  if (!settings.api_key.empty()) {
    const auto is_visible = [](char c) { return c > ' ' && c < '\x7f'; };
    if (!std::ranges::all_of(settings.api_key.reveal(), is_visible))
      return std::string{key} + ": holds spaces or other characters that no key has";
    return google_credentials{api_key{settings.api_key}};
  }
  if (settings.use_metadata)
    return google_credentials{metadata_server{settings.metadata_host}};
  return std::string{"no Google credentials are set: "} + std::string{file} + ", " + std::string{json} + ", " +
         std::string{key} + " or GOOGLE_USE_METADATA=1";
}

} // namespace glyphgate::vision
