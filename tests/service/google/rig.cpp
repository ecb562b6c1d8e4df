#include "rig.hpp"

#include "app/engine_choice.hpp"
#include "core/log.hpp"
#include "vision/pictures.hpp"

#include <stdlib.h>

#include <stdexcept>

namespace glyphgate {

namespace {

clock_fn fast_clock(int speed) {
  const auto started = std::chrono::floor<duration>(std::chrono::system_clock::now());
  const auto began = std::chrono::steady_clock::now();
  return
      [=] { return started + speed * std::chrono::duration_cast<duration>(std::chrono::steady_clock::now() - began); };
}

vision::raster coloured(const colour& c) {
  auto pixels = vision::make_raster(64, 32, 3);
  for (std::size_t i = 0; i < pixels.pixels.size(); ++i)
    pixels.pixels[i] = c[i % 3];
  return pixels;
}

/// A colour, and what the fake reads in it.
std::pair<colour, std::string> numbered_colour(std::uint32_t number) {
  constexpr char digits[] = "0123456789abcdef";
  const std::array<std::uint32_t, 3> nibbles{number >> 8 & 15, number >> 4 & 15, number & 15};
  colour c{};
  std::string text = "#";
  for (std::size_t i = 0; i < 3; ++i) {
    c[i] = static_cast<std::uint8_t>(nibbles[i] * 17);
    text += digits[nibbles[i]];
  }
  return {c, text};
}

} // namespace

std::string coloured_png(const colour& c) {
  return vision::test::png_of(coloured(c));
}

std::pair<std::string, std::string> numbered_png(std::uint32_t number) {
  const auto [c, text] = numbered_colour(number);
  return {coloured_png(c), text};
}

std::pair<std::string, std::string> numbered_jpeg(std::uint32_t number) {
  const auto [c, text] = numbered_colour(number);
  return {vision::test::jpeg_of(coloured(c)), text};
}

google_rig::google_rig(const std::function<void(config&)>& change, int speed, fake::fake_vision_config config_of_google)
    : google{std::move(config_of_google)} {
  // A proxy of the machine's has no business here.
  ::setenv("no_proxy", "*", 1);
  config settings;
  settings.http.port = 0;
  settings.shutdown_grace = std::chrono::seconds{0};
  settings.limits = {100'000, 100'000, 100'000};
  // The clock is fast, and timers are not.
  settings.jobs.packing_window = std::chrono::milliseconds{0};
  settings.engine.workers = 1;
  settings.engine.name = "google";
  settings.google.endpoint = google.url();
  settings.google.ca_file = files_.write("ca.pem", google.certificate());
  settings.google.credentials_file = files_.write("account.json", google.credentials_json());
  if (change)
    change(settings);
  log::configure({log_level::error, log_format::text});
  fill_in(settings.engine);
  auto engines = choose_engines(settings);
  if (const auto* refused = std::get_if<std::string>(&engines))
    throw std::runtime_error{*refused};
  running_.emplace(settings, "test", std::get<0>(std::move(engines)), store_, fast_clock(speed), [](auto) {});
}

google_rig::~google_rig() = default;

http_answer google_rig::post(const named_files& files) const {
  http_connection connection{port()};
  connection.send(job_request(files));
  return connection.read();
}

std::string google_rig::result(const std::string& location) const {
  return ended_job(port(), location).body;
}

std::map<store::memory_store::spend_state, std::size_t> google_rig::ledger() {
  running_.reset();
  std::map<store::memory_store::spend_state, std::size_t> counts;
  for (const auto& [id, spend] : store_->spends())
    ++counts[spend.state];
  return counts;
}

} // namespace glyphgate
