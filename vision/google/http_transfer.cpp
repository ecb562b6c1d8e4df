#include "vision/google/http_transfer.hpp"

#include "vision/google/curl_library.hpp"
#include "vision/google/own_machine.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

namespace glyphgate::vision {

namespace {

using namespace std::chrono_literals;

// Google's front ends close idle connections after four minutes; one that is about to be closed is not worth a try.
constexpr long max_idle_seconds = 60;
constexpr long upload_buffer_bytes = 256 * 1024;
// Curl and a stop end a wait early; what is left of it bounds how much of a sleep is taken for time awake.
constexpr std::chrono::milliseconds longest_wait = 1s;
// What a step may take besides its wait. When it takes longer, the process was not running.
constexpr std::chrono::milliseconds longest_work = 250ms;
// For reading what lies in the socket when the time is over.
constexpr std::chrono::milliseconds last_reading = 1s;

/// curl's copies of headers, wiped.
class header_list {
public:
  ~header_list() {
    for (auto* node = first_; node != nullptr; node = node->next)
      OPENSSL_cleanse(node->data, std::strlen(node->data));
    curl()->slist_free_all(first_);
  }

  header_list() = default;
  header_list(const header_list&) = delete;
  header_list& operator=(const header_list&) = delete;

  void add(std::string_view line) {
    std::vector<char> text(line.begin(), line.end());
    text.push_back('\0');
    auto* extended = curl()->slist_append(first_, text.data());
    OPENSSL_cleanse(text.data(), text.size());
    if (extended == nullptr)
      throw std::bad_alloc{};
    first_ = extended;
  }

  curl_slist* get() const { return first_; }

private:
  curl_slist* first_ = nullptr;
};

/// What curl's callbacks work on.
struct exchange {
  const http_request& request;
  http_response response;
  bool sent = false;
  bool out_of_memory = false;
};

/// Called when the connection stands, right before the request.
int begin(void* data, char*, char*, int, int) {
  auto& of = *static_cast<exchange*>(data);
  // curl itself would try again on a kept connection that breaks; but who knows what the server has done by then.
  if (of.sent)
    return CURL_PREREQFUNC_ABORT;
  of.sent = true;
  return CURL_PREREQFUNC_OK;
}

std::size_t give(char* to, std::size_t size, std::size_t count, void* data) {
  return static_cast<exchange*>(data)->request.body->read(to, size * count);
}

std::size_t take(char* from, std::size_t size, std::size_t count, void* data) {
  auto& of = *static_cast<exchange*>(data);
  const auto length = size * count;
  if (length > of.request.max_response_bytes - of.response.body.size()) {
    of.response.cut = true;
    return CURL_WRITEFUNC_ERROR;
  }
  try {
    of.response.body.append(from, length);
  } catch (const std::bad_alloc&) {
    of.out_of_memory = true;
    return CURL_WRITEFUNC_ERROR;
  }
  return length;
}

/// An easy handle's stay in a multi handle.
class running {
public:
  running(CURLM* multi, CURL* easy) : multi_{multi}, easy_{easy} { curl()->multi_add_handle(multi_, easy_); }
  ~running() { curl()->multi_remove_handle(multi_, easy_); }
  running(const running&) = delete;
  running& operator=(const running&) = delete;

private:
  CURLM* multi_;
  CURL* easy_;
};

/// How the transfer ended; nothing while it runs.
std::optional<CURLcode> result_of(CURLM* multi) {
  int left = 0;
  while (const auto* message = curl()->multi_info_read(multi, &left))
    if (message->msg == CURLMSG_DONE)
      return message->data.result;
  return std::nullopt;
}

/// How many bytes of a response have come.
curl_off_t received(CURL* easy) {
  curl_off_t body = 0;
  long head = 0;
  curl()->easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &body);
  curl()->easy_getinfo(easy, CURLINFO_HEADER_SIZE, &head);
  return body + head;
}

/// The time that a transfer has taken, without that in which the process did not run: curl's own time-outs know no
/// difference, and strike right after a stop, before anything is read.
class time_awake {
public:
  explicit time_awake(std::chrono::milliseconds limit) : limit_{limit} {}

  /// A step has ended that was to wait for `wait` at most.
  void add_step(std::chrono::milliseconds wait) {
    const auto now = clock::now();
    const auto step = now - std::exchange(last_, now);
    const bool slept = step > wait + longest_work;
    has_slept_ = has_slept_ || slept;
    // Something is counted in any case: also on a machine so loaded that every step is late, the time ends.
    used_ += slept ? longest_work : step;
  }

  std::chrono::milliseconds limit() const { return limit_; }

  bool is_over(std::chrono::milliseconds since = 0ms) const { return used_ >= limit_ + since; }

  /// How long the next step may wait.
  std::chrono::milliseconds wait() const {
    return std::clamp(std::chrono::ceil<std::chrono::milliseconds>(limit_ - used_), 0ms, longest_wait);
  }

  /// Whether the process has slept since this was asked last.
  bool take_sleep() { return std::exchange(has_slept_, false); }

private:
  using clock = std::chrono::steady_clock;

  const std::chrono::milliseconds limit_;
  clock::duration used_{0};
  clock::time_point last_ = clock::now();
  bool has_slept_ = false;
};

/// How long the next step may wait: no longer than curl itself wants to, for its time-outs of connections.
std::chrono::milliseconds wait_of(CURLM* multi, const time_awake& time) {
  long own = -1;
  curl()->multi_timeout(multi, &own);
  return own < 0 ? time.wait() : std::min(time.wait(), std::chrono::milliseconds{own});
}

/// Runs a transfer until it ends, with curl's result, or fails otherwise.
std::variant<CURLcode, transfer_failure> run(CURLM* multi, CURL* easy, const exchange& state, time_awake& time,
                                             const std::stop_token& stop) {
  const running added{multi, easy};
  const std::stop_callback wake{stop, [multi] { curl()->multi_wakeup(multi); }};
  curl_off_t before = 0;
  for (;;) {
    // Only what was over before the reading counts: a sleep may end between it and the clock.
    const bool is_over = time.is_over(), is_long_over = time.is_over(last_reading);
    int active = 0;
    const auto code = curl()->multi_perform(multi, &active);
    time.add_step(0ms);
    if (code != CURLM_OK)
      return transfer_failure{false, state.sent, curl()->multi_strerror(code)};
    if (const auto result = result_of(multi))
      return *result;
    if (stop.stop_requested())
      return transfer_failure{true, state.sent, "stopped while the request ran"};
    const auto now = received(easy);
    const bool reads = std::exchange(before, now) != now;
    if (is_over && (!reads || is_long_over))
      return transfer_failure{false, state.sent, "timed out after " + std::to_string(time.limit().count()) + " ms"};
    const auto wait = wait_of(multi, time);
    curl()->multi_poll(multi, nullptr, 0, static_cast<int>(wait.count()), nullptr);
    time.add_step(wait);
  }
}

} // namespace

struct http_transfer::handles {
  handles() {
    if (curl() != nullptr) {
      multi = curl()->multi_init();
      easy = curl()->easy_init();
    }
  }

  ~handles() {
    curl()->easy_cleanup(easy);
    curl()->multi_cleanup(multi);
  }

  handles(const handles&) = delete;
  handles& operator=(const handles&) = delete;

  CURLM* multi = nullptr;
  CURL* easy = nullptr;
  char error[CURL_ERROR_SIZE] = "";
};

http_transfer::http_transfer(std::string ca_file)
    : ca_file_{std::move(ca_file)},
      handles_{std::make_unique<handles>()} {
  if (handles_->multi == nullptr || handles_->easy == nullptr)
    throw std::bad_alloc{};
}

http_transfer::~http_transfer() = default;

std::variant<http_response, transfer_failure> http_transfer::perform(const http_request& request,
                                                                     const std::stop_token& stop) {
  if (stop.stop_requested())
    return transfer_failure{true, false, "stopped before the request was sent"};
  auto* multi = handles_->multi;
  auto* easy = handles_->easy;
  exchange state{request, {}};
  auto* error = handles_->error;
  header_list headers;
  for (const auto& header : request.headers)
    headers.add(header.reveal());

  curl()->easy_reset(easy);
  curl()->easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl()->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl()->easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  curl()->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  // Without this, a stop would wait for a name server.
  curl()->easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl()->easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl()->easy_setopt(easy, CURLOPT_MAXAGE_CONN, max_idle_seconds);
  curl()->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
  curl()->easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  // Google compresses only for those who say gzip here too.
  curl()->easy_setopt(easy, CURLOPT_USERAGENT, "glyphgate (gzip)");
  curl()->easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
  curl()->easy_setopt(easy, CURLOPT_PREREQFUNCTION, &begin);
  curl()->easy_setopt(easy, CURLOPT_PREREQDATA, &state);
  curl()->easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take);
  curl()->easy_setopt(easy, CURLOPT_WRITEDATA, &state);
  if (!ca_file_.empty()) {
    curl()->easy_setopt(easy, CURLOPT_CAINFO, ca_file_.c_str());
    curl()->easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  }
  if (request.direct || leads_to_own_machine(request.url))
    curl()->easy_setopt(easy, CURLOPT_NOPROXY, "*");
  if (request.body != nullptr) {
    curl()->easy_setopt(easy, CURLOPT_POST, 1L);
    curl()->easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body->size()));
    curl()->easy_setopt(easy, CURLOPT_READFUNCTION, &give);
    curl()->easy_setopt(easy, CURLOPT_READDATA, &state);
    curl()->easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, upload_buffer_bytes);
    // No round trip to ask whether a large body may come.
    headers.add("Expect:");
  }
  curl()->easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());

  time_awake time{request.timeout};
  CURLcode result = CURLE_OK;
  do {
    *error = '\0';
    auto ended = run(multi, easy, state, time, stop);
    if (auto* failed = std::get_if<transfer_failure>(&ended))
      return std::move(*failed);
    result = std::get<CURLcode>(ended);
    // A connection that was begun before a sleep is begun anew after it: nothing has been sent.
  } while (time.take_sleep() && result != CURLE_OK && !state.sent && !time.is_over());
  if (state.out_of_memory || result == CURLE_OUT_OF_MEMORY)
    throw std::bad_alloc{};
  if (result != CURLE_OK && !state.response.cut)
    return transfer_failure{false, state.sent, *error != '\0' ? error : curl()->easy_strerror(result)};

  curl()->easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &state.response.status);
  curl_off_t wait = 0;
  curl()->easy_getinfo(easy, CURLINFO_RETRY_AFTER, &wait);
  if (wait > 0)
    state.response.retry_after = std::chrono::seconds{wait};
  return std::move(state.response);
}

} // namespace glyphgate::vision
