#pragma once

#include "fake_vision/call_log.hpp"
#include "fake_vision/certificate.hpp"
#include "fake_vision/connection.hpp"
#include "fake_vision/fault.hpp"
#include "fake_vision/reader.hpp"
#include "fake_vision/token_desk.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

/// Google's side of Cloud Vision, for tests and for trying the service without paying.
namespace glyphgate::fake {

struct fake_vision_config {
  std::string host = "127.0.0.1";
  /// 0 takes a free one.
  std::uint16_t port = 0;
  reading how = reading::bands;
  /// For reading::ocr: Tesseract's codes, joined with '+'.
  std::string languages = "eng";
  /// Where every request is logged; empty for nowhere.
  std::filesystem::path log{};
  /// The one that is let in.
  std::string api_key = "fake-api-key";
  std::chrono::seconds token_lifetime{3600};
  /// Google's limits.
  std::size_t max_request_bytes = 41'943'040;
  std::size_t max_image_bytes = 20'000'000;
  std::uint64_t max_pixels = 75'000'000;
  std::vector<fault> faults{};
};

/// A server that runs from its construction to its destruction, on one port for HTTP and HTTPS:
///
///     POST /v1/images:annotate, /v1/projects/{id}/locations/{us|eu}/images:annotate
///     POST /token                                                          a service account's assertion for a token
///     GET  /computeMetadata/v1/instance/service-accounts/default/token     the metadata server's
///     POST /admin/faults    adds faults          DELETE /admin/faults      forgets them
///     POST /admin/outage    {"seconds":…,"status":…}                       see outage_for
///     POST /admin/revoke    makes all tokens invalid
///     GET  /admin/calls     how many requests there were: {"annotate":…,"token":…,"metadata":…}
///
/// Every member is usable from any thread. The process ignores SIGPIPE from then on.
class fake_vision {
public:
  /// Throws std::system_error when it cannot listen.
  explicit fake_vision(fake_vision_config config = {});
  ~fake_vision();
  fake_vision(const fake_vision&) = delete;
  fake_vision& operator=(const fake_vision&) = delete;

  std::uint16_t port() const { return port_; }
  /// "https://127.0.0.1:PORT"
  std::string url() const { return "https://" + authority(); }
  /// "127.0.0.1:PORT", for the metadata server.
  std::string authority() const;
  /// The certificate that must be trusted, in PEM.
  std::string certificate() const { return certificate_.pem(); }
  /// A service account's JSON, whose tokens come from here.
  std::string credentials_json() const;

  /// Faults strike in the order they were added: a request takes the first one that concerns it.
  void add(fault planned);
  void clear_faults();
  /// All requests for tokens and annotations are answered with `status`; with 0, connections are closed as they come.
  void outage_for(std::chrono::milliseconds time, int status = 503);
  /// Connections wait so long before anything is read from them.
  void delay_connections(std::chrono::milliseconds time) { connection_delay_ms_ = time.count(); }
  void revoke_tokens() { tokens_.revoke_all(); }

  std::vector<call_record> calls() const { return log_.records(); }
  std::size_t calls(request_kind kind) const;
  /// How many connections it has accepted.
  std::size_t connections() const { return connections_; }

private:
  using clock = std::chrono::steady_clock;

  struct client {
    client(int socket, SSL_CTX* context) : line{socket, context} {}
    connection line;
    std::atomic<bool> done = false;
    std::thread thread;
  };

  /// What a request for annotations holds.
  struct pictures {
    /// Nothing where it is not base64; empty when the request is malformed.
    std::vector<std::optional<std::string>> files;
    std::vector<std::string> language_hints;
  };

  static pictures pictures_of(const request& asked);

  void accept();
  void serve(client& from);
  /// False when the connection must end.
  bool serve_request(connection& line, request_reader& reader, request& asked);
  void log(const request& asked, request_kind kind, const pictures& sent);
  bool strikes_in_request(request_kind kind);
  std::optional<fault> take_fault(request_kind kind, const pictures& sent);
  answer answer_to(const request& asked, const pictures& sent, request_kind kind, const std::optional<fault>& planned);
  answer annotate(const request& asked, const pictures& sent);
  /// The JSON of one picture's response.
  std::string read(const std::string& file);
  answer administrate(const request& asked);
  std::optional<int> outage() const;
  /// False when the wait ended early: the server stops or the client has gone.
  bool wait(const connection& line, clock::time_point until);
  bool send(connection& line, const answer& given, const std::optional<fault>& planned);

  const fake_vision_config config_;
  const server_certificate certificate_;
  const openssl_ptr<SSL_CTX> context_;
  token_desk tokens_;
  picture_reader reader_;
  call_log log_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::size_t> connections_ = 0;
  std::atomic<std::chrono::milliseconds::rep> connection_delay_ms_ = 0;
  mutable std::mutex mutex_;
  std::vector<fault> faults_;
  clock::time_point outage_until_{};
  int outage_status_ = 0;
  std::list<client> clients_;
  std::thread acceptor_;
};

} // namespace glyphgate::fake
