#pragma once

#include "app/service.hpp"
#include "core/config.hpp"
#include "fake_vision/fake_vision.hpp"
#include "support/http_client.hpp"
#include "support/memory_store.hpp"
#include "support/multipart.hpp"
#include "support/service_process.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace glyphgate {

using colour = std::array<std::uint8_t, 3>;

/// What the fake reads in the colour is its name: "#f80".
inline constexpr colour red{0xff, 0, 0}, green{0, 0x88, 0}, blue{0, 0, 0xff}, orange{0xff, 0x88, 0};

/// A PNG of one colour.
std::string coloured_png(const colour& c);

/// A picture of a new colour, which was never read before, and what the fake reads in it; one of 4,096 by number.
std::pair<std::string, std::string> numbered_png(std::uint32_t number);

/// The same as a JPEG, which travels as it is: no reader has to be started for it, which takes true time.
std::pair<std::string, std::string> numbered_jpeg(std::uint32_t number);

/// A service in this process, with Google's engine, whose Google is a fake and whose time may run faster than true
/// time.
class google_rig {
public:
  /// The engine's settings lead to the fake already; `change` what differs. Time runs `speed` times as fast.
  explicit google_rig(const std::function<void(config&)>& change = {}, int speed = 1,
                      fake::fake_vision_config google = {});
  ~google_rig();

  fake::fake_vision google;

  std::uint16_t port() const { return running_->port(); }
  std::size_t calls() const { return google.calls(fake::request_kind::annotate); }

  /// Posts a job of these files.
  http_answer post(const named_files& files) const;
  /// The job as it is when it has ended.
  std::string result(const std::string& location) const;
  std::string get(const std::string& path) const { return http_call(port(), "GET", path).body; }

  /// Stops the service; then the ledger: how many spends are in each state.
  std::map<store::memory_store::spend_state, std::size_t> ledger();

private:
  temporary_directory files_;
  std::shared_ptr<store::memory_store> store_ = std::make_shared<store::memory_store>();
  std::optional<service> running_;
};

} // namespace glyphgate
