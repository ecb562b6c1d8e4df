#pragma once

#include "core/config.hpp"
#include "fake_vision/fake_vision.hpp"
#include "support/temporary_directory.hpp"
#include "vision/engine.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace glyphgate::vision::test {

/// A fake Google, and an engine's settings that lead to it.
class google_fixture {
public:
  explicit google_fixture(fake::fake_vision_config config = {});

  /// With the service account.
  google_config settings() const;
  google_config settings_with_key(const std::string& key = "fake-api-key") const;
  /// With the metadata server.
  google_config settings_on_machine() const;

  std::size_t calls() const { return server.calls(fake::request_kind::annotate); }
  std::size_t token_calls() const { return server.calls(fake::request_kind::token); }

  temporary_directory files;
  fake::fake_vision server;
  std::filesystem::path ca_file;
};

/// Fails the test when the settings are refused.
std::unique_ptr<engine> engine_with(google_config settings);
/// What is wrong with the settings; fails the test when nothing is.
std::string refusal_of(google_config settings);

/// A call of `count` pictures of one colour each, and what the fake reads in one of them.
planned_call coloured_call(std::size_t count);
std::string coloured_text(std::size_t index);

planned_call call_of(std::vector<picture> pictures, std::vector<std::string> hints = {});

picture solid_picture(const std::string& id, std::uint32_t width, std::uint32_t height,
                      const std::array<std::uint8_t, 3>& colour);

annotation annotated(const call_outcome& outcome);
call_failure failed(const call_outcome& outcome);

} // namespace glyphgate::vision::test
