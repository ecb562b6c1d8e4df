#include "google_fixture.hpp"

#include "support/direct_reader.hpp"
#include "vision/google/google_provider.hpp"
#include "vision/pictures.hpp"

#include <boost/test/unit_test.hpp>
#include <stdlib.h>

#include <utility>
#include <variant>

namespace glyphgate::vision::test {

namespace {

constexpr std::array<std::uint8_t, 3> colours[] = {{0xff, 0x00, 0x00}, {0x00, 0x88, 0x00}, {0x00, 0x00, 0xff},
                                                   {0x33, 0x33, 0x33}, {0xff, 0x88, 0x00}, {0x88, 0x00, 0x88}};
constexpr const char* texts[] = {"#f00", "#080", "#00f", "#333", "#f80", "#808"};

} // namespace

google_fixture::google_fixture(fake::fake_vision_config config)
    : server{std::move(config)},
      ca_file{files.write("ca.pem", server.certificate())} {
  // A proxy of the machine's has no business here.
  ::setenv("no_proxy", "*", 1);
}

google_config google_fixture::settings_with_key(const std::string& key) const {
  google_config settings;
  settings.endpoint = server.url();
  settings.ca_file = ca_file;
  settings.api_key = secret{key};
  settings.timeout = std::chrono::seconds{20};
  return settings;
}

google_config google_fixture::settings() const {
  auto settings = settings_with_key("");
  settings.credentials_json = secret{server.credentials_json()};
  return settings;
}

google_config google_fixture::settings_on_machine() const {
  auto settings = settings_with_key("");
  settings.use_metadata = true;
  settings.metadata_host = server.authority();
  return settings;
}

std::unique_ptr<engine> engine_with(google_config settings) {
  const auto made = make_google_provider(std::move(settings), direct_readers());
  if (const auto* wrong = std::get_if<std::string>(&made))
    BOOST_FAIL(*wrong);
  return std::get<std::unique_ptr<google_provider>>(made)->make();
}

std::string refusal_of(google_config settings) {
  const auto made = make_google_provider(std::move(settings), direct_readers());
  BOOST_REQUIRE(std::holds_alternative<std::string>(made));
  return std::get<std::string>(made);
}

planned_call call_of(std::vector<picture> pictures, std::vector<std::string> hints) {
  planned_call call;
  call.pictures = std::move(pictures);
  call.language_hints = std::move(hints);
  return call;
}

picture solid_picture(const std::string& id, std::uint32_t width, std::uint32_t height,
                      const std::array<std::uint8_t, 3>& colour) {
  auto pixels = make_raster(width, height, 3);
  for (std::size_t i = 0; i < pixels.pixels.size(); ++i)
    pixels.pixels[i] = colour[i % 3];
  return picture_of(id, png_of(pixels));
}

planned_call coloured_call(std::size_t count) {
  std::vector<picture> pictures;
  for (std::size_t i = 0; i < count; ++i)
    pictures.push_back(solid_picture(std::to_string(i), 64, 32, colours[i % std::size(colours)]));
  return call_of(std::move(pictures));
}

std::string coloured_text(std::size_t index) {
  return texts[index % std::size(texts)];
}

annotation annotated(const call_outcome& outcome) {
  if (const auto* failure = std::get_if<call_failure>(&outcome))
    BOOST_FAIL(to_string(failure->code) << ": " << failure->detail);
  return std::get<annotation>(outcome);
}

call_failure failed(const call_outcome& outcome) {
  BOOST_REQUIRE(std::holds_alternative<call_failure>(outcome));
  return std::get<call_failure>(outcome);
}

} // namespace glyphgate::vision::test
