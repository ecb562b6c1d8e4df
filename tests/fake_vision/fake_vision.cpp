#include "fake_vision/fake_vision.hpp"

#include "core/base64.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>
#include <utility>

namespace glyphgate::fake {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_images = 16;
constexpr std::size_t drip_bytes = 64;
// How soon a wait notices that the server stops or the client has gone.
constexpr std::chrono::milliseconds watch_interval = 10ms;

std::string_view rpc_name(int status) {
  switch (status) {
  case 400: return "INVALID_ARGUMENT";
  case 401: return "UNAUTHENTICATED";
  case 403: return "PERMISSION_DENIED";
  case 404: return "NOT_FOUND";
  case 429: return "RESOURCE_EXHAUSTED";
  case 500: return "INTERNAL";
  case 503: return "UNAVAILABLE";
  case 504: return "DEADLINE_EXCEEDED";
  default: return "UNKNOWN";
  }
}

/// Google's body of an error.
answer refusal(int status, std::string_view message, std::string_view reason = {}) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> to{buffer};
  const auto string = [&](std::string_view text) {
    to.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  };
  to.StartObject();
  to.Key("error");
  to.StartObject();
  to.Key("code");
  to.Int(status);
  to.Key("message");
  string(message);
  to.Key("status");
  string(rpc_name(status));
  if (!reason.empty()) {
    to.Key("details");
    to.StartArray();
    to.StartObject();
    to.Key("@type");
    to.String("type.googleapis.com/google.rpc.ErrorInfo");
    to.Key("reason");
    string(reason);
    to.Key("domain");
    to.String("googleapis.com");
    to.EndObject();
    to.EndArray();
  }
  to.EndObject();
  to.EndObject();
  return {status, buffer.GetString()};
}

/// A failed picture within a 200.
std::string image_error(int code, const std::string& message) {
  return "{\"error\":{\"code\":" + std::to_string(code) + ",\"message\":\"" + message + "\"}}";
}

/// Replaces "{credentials}" by those that the request came with.
void reveal_credentials(std::string& text, const request& asked) {
  constexpr std::string_view place = "{credentials}";
  const auto shown =
      asked.path == "/token" ? asked.body : asked.header("authorization") + asked.header("x-goog-api-key");
  for (auto at = text.find(place); at != std::string::npos; at = text.find(place, at + shown.size()))
    text.replace(at, place.size(), shown);
}

request_kind kind_of(const request& asked) {
  const std::string_view path{asked.path};
  if (path == "/v1/images:annotate" ||
      (path.starts_with("/v1/projects/") &&
       (path.ends_with("/locations/us/images:annotate") || path.ends_with("/locations/eu/images:annotate"))))
    return request_kind::annotate;
  if (path == "/token")
    return request_kind::token;
  if (path == "/computeMetadata/v1/instance/service-accounts/default/token")
    return request_kind::metadata;
  return request_kind::other;
}

/// A request's JSON; a null value when it is none.
rapidjson::Document parsed(const request& asked) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(asked.body.data(), asked.body.size());
  if (document.HasParseError())
    document.SetNull();
  return document;
}

const rapidjson::Value* member(const rapidjson::Value* of, const char* name) {
  if (of == nullptr || !of->IsObject())
    return nullptr;
  const auto found = of->FindMember(name);
  return found == of->MemberEnd() ? nullptr : &found->value;
}

} // namespace

fake_vision::pictures fake_vision::pictures_of(const request& asked) {
  pictures result;
  const auto body = parsed(asked);
  const auto* requests = member(&body, "requests");
  if (requests == nullptr || !requests->IsArray())
    return result;
  for (const auto& one : requests->GetArray()) {
    const auto* content = member(member(&one, "image"), "content");
    if (content == nullptr || !content->IsString())
      return {};
    result.files.push_back(decode_base64({content->GetString(), content->GetStringLength()}));
    const auto* hints = member(member(&one, "imageContext"), "languageHints");
    if (hints != nullptr && hints->IsArray())
      for (const auto& hint : hints->GetArray())
        result.language_hints.emplace_back(hint.IsString() ? hint.GetString() : "");
  }
  return result;
}

fake_vision::fake_vision(fake_vision_config config)
    : config_{std::move(config)},
      context_{certificate_.make_context()},
      tokens_{config_.token_lifetime},
      reader_{config_.how, config_.languages},
      log_{config_.log},
      faults_{config_.faults} {
  const auto fail = [this](const char* what) {
    const auto error = errno;
    if (listener_ >= 0)
      ::close(listener_);
    throw std::system_error{error, std::generic_category(), what};
  };
  // OpenSSL cannot write without it to a client that has gone.
  std::signal(SIGPIPE, SIG_IGN);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(config_.port);
  if (::inet_pton(AF_INET, config_.host.c_str(), &address.sin_addr) != 1) {
    errno = EINVAL;
    fail("the host is not an IPv4 address");
  }
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, SOMAXCONN) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    fail("cannot listen");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread{[this] { accept(); }};
}

fake_vision::~fake_vision() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  for (auto& one : clients_)
    one.line.interrupt();
  for (auto& one : clients_)
    one.thread.join();
}

std::string fake_vision::authority() const {
  return config_.host + ':' + std::to_string(port_);
}

std::string fake_vision::credentials_json() const {
  return tokens_.credentials_json(url() + "/token");
}

void fake_vision::add(fault planned) {
  const std::lock_guard lock{mutex_};
  faults_.push_back(std::move(planned));
}

void fake_vision::clear_faults() {
  const std::lock_guard lock{mutex_};
  faults_.clear();
}

void fake_vision::outage_for(std::chrono::milliseconds time, int status) {
  const std::lock_guard lock{mutex_};
  outage_until_ = clock::now() + time;
  outage_status_ = status;
}

std::size_t fake_vision::calls(request_kind kind) const {
  return static_cast<std::size_t>(std::ranges::count(log_.records(), kind, &call_record::kind));
}

std::optional<int> fake_vision::outage() const {
  const std::lock_guard lock{mutex_};
  return clock::now() < outage_until_ ? std::optional{outage_status_} : std::nullopt;
}

void fake_vision::accept() {
  while (!stopping_) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    clients_.remove_if([](client& one) {
      if (one.done)
        one.thread.join();
      return one.done.load();
    });
    if (socket < 0)
      continue;
    ++connections_;
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto& one = clients_.emplace_back(socket, context_.get());
    one.thread = std::thread{[this, &one] {
      serve(one);
      one.line.interrupt();
      one.done = true;
    }};
  }
}

void fake_vision::serve(client& from) {
  const std::chrono::milliseconds delay{connection_delay_ms_};
  if (outage() == 0 || !wait(from.line, clock::now() + delay) || !from.line.open())
    return;
  request_reader reader{from.line, config_.max_request_bytes + 1};
  request asked;
  while (!stopping_ && reader.read_head(asked))
    if (!serve_request(from.line, reader, asked))
      return;
}

bool fake_vision::serve_request(connection& line, request_reader& reader, request& asked) {
  const auto kind = kind_of(asked);
  const auto out = kind == request_kind::other ? std::nullopt : outage();
  if (out == 0)
    return false;
  if (kind == request_kind::other) {
    reader.read_body(asked);
    return send(line, administrate(asked), std::nullopt);
  }

  if (strikes_in_request(kind)) {
    asked.complete = false;
    log(asked, kind, {});
    line.reset_on_close();
    return false;
  }
  reader.read_body(asked);
  const bool has_pictures = kind == request_kind::annotate && asked.complete;
  const auto sent = has_pictures ? pictures_of(asked) : pictures{};
  log(asked, kind, sent);
  if (!asked.complete)
    return false;
  const auto planned = out ? std::nullopt : take_fault(kind, sent);
  if (planned && planned->stall) {
    wait(line, clock::time_point::max());
    return false;
  }
  if (planned && planned->delay > 0ms && !wait(line, clock::now() + planned->delay))
    return false;
  if (planned && (planned->breaks == breakage::reset_before_answer || planned->breaks == breakage::reset_in_request)) {
    line.reset_on_close();
    return false;
  }
  return send(line,
              out ? refusal(*out, "The service is currently unavailable.") : answer_to(asked, sent, kind, planned),
              planned);
}

void fake_vision::log(const request& asked, request_kind kind, const pictures& sent) {
  call_record record;
  record.kind = kind;
  record.path = asked.path;
  record.bytes = asked.body_bytes;
  record.complete = asked.complete;
  record.user_project = asked.header("x-goog-user-project");
  record.language_hints = sent.language_hints;
  if (!sent.files.empty() && sent.files.front())
    if (const auto size = size_of(*sent.files.front())) {
      record.width = size->width;
      record.height = size->height;
    }
  log_.add(std::move(record));
}

bool fake_vision::strikes_in_request(request_kind kind) {
  const std::lock_guard lock{mutex_};
  const auto one = std::ranges::find(faults_, kind, &fault::of);
  if (one == faults_.end() || one->breaks != breakage::reset_in_request || one->if_colour)
    return false;
  if (one->times > 0 && --one->times == 0)
    faults_.erase(one);
  return true;
}

std::optional<fault> fake_vision::take_fault(request_kind kind, const pictures& sent) {
  const auto concerns = [&](const fault& one) {
    return one.of == kind && (!one.if_colour || (!sent.files.empty() && sent.files.front() &&
                                                 has_colour(*sent.files.front(), *one.if_colour)));
  };
  const std::lock_guard lock{mutex_};
  const auto one = std::ranges::find_if(faults_, concerns);
  if (one == faults_.end())
    return std::nullopt;
  auto taken = *one;
  if (one->times > 0 && --one->times == 0)
    faults_.erase(one);
  return taken;
}

answer fake_vision::answer_to(const request& asked, const pictures& sent, request_kind kind,
                              const std::optional<fault>& planned) {
  if (planned && planned->image_code != 0)
    return {200, "{\"responses\":[" + image_error(planned->image_code, planned->message) + "]}"};
  if (planned && (planned->status != 0 || planned->body)) {
    auto result = refusal(planned->status == 0 ? 200 : planned->status, planned->message, planned->reason);
    if (kind == request_kind::token)
      result.body = "{\"error\":\"" + planned->reason + "\",\"error_description\":\"" + planned->message + "\"}";
    if (planned->body)
      result.body = *planned->body;
    reveal_credentials(result.body, asked);
    return result;
  }

  auto result = kind == request_kind::annotate ? annotate(asked, sent)
                : kind == request_kind::token  ? tokens_.exchange(asked.body, url() + "/token")
                : asked.header("metadata-flavor") == "Google"
                    ? tokens_.give()
                    : answer{403, "{\"error\":\"the header Metadata-Flavor is missing\"}"};
  if (planned && planned->malformed)
    result.body.resize(result.body.size() / 2);
  return result;
}

answer fake_vision::annotate(const request& asked, const pictures& sent) {
  if (asked.method != "POST")
    return refusal(404, "Not found.");
  constexpr std::string_view bearer = "Bearer ";
  const auto authorization = asked.header("authorization"), key = asked.header("x-goog-api-key");
  if (!authorization.empty() &&
      !(authorization.starts_with(bearer) && tokens_.is_valid(authorization.substr(bearer.size()))))
    return refusal(401, "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie "
                        "or other valid authentication credential.");
  if (authorization.empty() && !key.empty() && key != config_.api_key)
    return refusal(400, "API key not valid. Please pass a valid API key.", "API_KEY_INVALID");
  if (authorization.empty() && key.empty())
    return refusal(403, "Method doesn't allow unregistered callers. Please use API Key or other form of API consumer "
                        "identity to call this API.");
  if (asked.body_bytes > config_.max_request_bytes)
    return refusal(400,
                   "Request payload size exceeds the limit: " + std::to_string(config_.max_request_bytes) + " bytes.");
  if (sent.files.empty())
    return refusal(400, "Invalid JSON payload received.");
  if (sent.files.size() > max_images)
    return refusal(400, "Too many images per request.");
  std::string responses;
  for (const auto& file : sent.files) {
    if (!file)
      return refusal(400, "Invalid value at 'requests[0].image.content' (TYPE_BYTES), Base64 decoding failed.");
    responses += responses.empty() ? "" : ",";
    responses += read(*file);
  }
  return {200, "{\"responses\":[" + responses + "]}"};
}

std::string fake_vision::read(const std::string& file) {
  const auto size = size_of(file);
  if (size && file.size() > config_.max_image_bytes)
    return image_error(3, "Image size in bytes exceeds the limit.");
  if (size && std::uint64_t{size->width} * size->height > config_.max_pixels)
    return image_error(3, "Image too large. Please limit to " + std::to_string(config_.max_pixels / 1'000'000) +
                              " megapixels.");
  return (size ? reader_.read(file) : std::nullopt).value_or(image_error(3, "Bad image data."));
}

answer fake_vision::administrate(const request& asked) {
  if (asked.path == "/admin/faults" && asked.method == "DELETE") {
    clear_faults();
    return {200, "{}"};
  }
  if (asked.path == "/admin/faults" && asked.method == "POST") {
    auto faults = parse_faults(asked.body);
    if (const auto* wrong = std::get_if<std::string>(&faults))
      return refusal(400, *wrong);
    for (auto& one : std::get<std::vector<fault>>(faults))
      add(std::move(one));
    return {200, "{}"};
  }
  if (asked.path == "/admin/outage" && asked.method == "POST") {
    const auto body = parsed(asked);
    const auto *seconds = member(&body, "seconds"), *status = member(&body, "status");
    if (seconds == nullptr || !seconds->IsNumber() || (status != nullptr && !status->IsInt()))
      return refusal(400, "an outage is {\"seconds\":…,\"status\":…}");
    outage_for(std::chrono::milliseconds{static_cast<std::int64_t>(seconds->GetDouble() * 1000)},
               status == nullptr ? 503 : status->GetInt());
    return {200, "{}"};
  }
  if (asked.path == "/admin/revoke" && asked.method == "POST") {
    revoke_tokens();
    return {200, "{}"};
  }
  if (asked.path == "/admin/calls" && asked.method == "GET") {
    answer result;
    for (const auto kind : {request_kind::annotate, request_kind::token, request_kind::metadata}) {
      result.body += result.body.empty() ? "{\"" : ",\"";
      result.body.append(to_string(kind)).append("\":").append(std::to_string(calls(kind)));
    }
    result.body += '}';
    return result;
  }
  return refusal(404, "Not found.");
}

bool fake_vision::wait(const connection& line, clock::time_point until) {
  while (clock::now() < until)
    if (stopping_ || !line.is_alive_after(watch_interval))
      return false;
  return true;
}

bool fake_vision::send(connection& line, const answer& given, const std::optional<fault>& planned) {
  auto head =
      "HTTP/1.1 " + std::to_string(given.status) +
      " Fake\r\nContent-Type: application/json; charset=UTF-8\r\nContent-Length: " + std::to_string(given.body.size()) +
      "\r\n";
  if (planned && !planned->retry_after.empty())
    head += "Retry-After: " + planned->retry_after + "\r\n";
  std::string bytes = head + "\r\n" + given.body;
  const auto breaks = planned ? planned->breaks : breakage::none;
  if (breaks == breakage::reset_in_answer || breaks == breakage::cut_answer)
    bytes.resize(bytes.size() - (given.body.size() + 1) / 2);
  const auto step = planned && planned->drip > 0ms ? drip_bytes : std::max<std::size_t>(bytes.size(), 1);
  for (std::string_view rest{bytes}; !rest.empty(); rest.remove_prefix(std::min(step, rest.size()))) {
    if (!line.write(rest.substr(0, step)))
      return false;
    if (step == drip_bytes && !wait(line, clock::now() + planned->drip))
      return false;
  }
  if (breaks == breakage::reset_in_answer)
    line.reset_on_close();
  return breaks == breakage::none;
}

} // namespace glyphgate::fake
