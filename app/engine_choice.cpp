#include "app/engine_choice.hpp"

#include "vision/google/google_provider.hpp"
#include "vision/reader/direct_reader.hpp"
#include "vision/tesseract/tesseract_provider.hpp"

#include <utility>

namespace glyphgate {

namespace {

using choice = std::variant<std::shared_ptr<const vision::engine_provider>, std::string>;

choice google(const config& settings) {
  auto made = vision::make_google_provider(settings.google, vision::direct_readers());
  if (auto* refused = std::get_if<std::string>(&made))
    return std::move(*refused);
  return std::shared_ptr<const vision::engine_provider>{std::get<0>(std::move(made))};
}

choice tesseract(const config& settings) {
  auto engines = std::make_shared<const vision::tesseract_provider>(settings.engine.tesseract_languages);
  if (const auto refused = engines->refuse_default_languages())
    return "TESSERACT_LANGUAGES: " + *refused;
  return engines;
}

} // namespace

choice choose_engines(const config& settings) {
  const auto& name = settings.engine.name;
  const bool wants_google = name == "google" || (name == "auto" && settings.google.has_credentials());
  return wants_google ? google(settings) : tesseract(settings);
}

} // namespace glyphgate
