#include "app/engine_choice.hpp"

#include "app/machine_memory.hpp"
#include "core/log.hpp"
#include "vision/google/google_provider.hpp"
#include "vision/local_first.hpp"
#include "vision/reader/caged_reader.hpp"
#include "vision/reader/reader_program.hpp"
#include "vision/tesseract/tesseract_provider.hpp"

#include <utility>

namespace glyphgate {

namespace {

using choice = engine_choice;

std::shared_ptr<vision::reader_settings> readers(const config& settings) {
  auto made = std::make_shared<vision::reader_settings>();
  made->program = vision::reader_program();
  made->caged = settings.engine.reader_cage;
  made->decoding_time = settings.engine.decode_timeout;
  made->reading_time = settings.engine.tesseract_timeout;
  made->memory = std::make_shared<vision::picture_memory>(std::uint64_t{settings.engine.picture_memory_mb} << 20U);
  made->model_file = [](std::string_view) { return std::nullopt; };
  return made;
}

vision::reader_factory factory(std::shared_ptr<const vision::reader_settings> settings) {
  return [settings = std::move(settings)] { return std::make_unique<vision::caged_reader>(settings); };
}

choice google(const config& settings) {
  auto made = vision::make_google_provider(settings.google, factory(readers(settings)));
  if (auto* refused = std::get_if<std::string>(&made))
    return std::move(*refused);
  return std::shared_ptr<const vision::engine_provider>{std::get<0>(std::move(made))};
}

choice tesseract(const config& settings) {
  auto languages = std::make_shared<const vision::tesseract_languages>(vision::tesseract_languages::installed());
  auto reading = readers(settings);
  reading->model_file = [languages](std::string_view code) { return languages->file_of(code); };
  auto engines = std::make_shared<const vision::tesseract_provider>(settings.engine.tesseract_languages, languages,
                                                                    factory(std::move(reading)));
  if (const auto refused = engines->refuse_default_languages())
    return "TESSERACT_LANGUAGES: " + *refused;
  return engines;
}

} // namespace

void fill_in(engine_config& engine) {
  if (engine.picture_memory_mb == 0)
    engine.picture_memory_mb = default_picture_memory_mb(machine_memory());
}

choice choose_engines(const config& settings) {
  if (auto refused = vision::refuse_reader(vision::reader_program(), settings.engine.reader_cage))
    return *std::move(refused);
  if (!settings.engine.reader_cage)
    log::warn("reader_not_caged", {{"setting", "READER_CAGE=off"}});
  const auto& name = settings.engine.name;
  const bool wants_google = name == "google" || (name == "auto" && settings.google.has_credentials());
  return with_sieve(wants_google ? google(settings) : tesseract(settings), settings.engine);
}

choice with_sieve(choice chosen, const engine_config& settings) {
  if (settings.local_first == sieve_mode::off || std::holds_alternative<std::string>(chosen))
    return chosen;
  const auto& engines = std::get<0>(chosen);
  const auto asked = "LOCAL_FIRST=" + std::string{to_string(settings.local_first)};
  if (engines->name() != "google")
    return asked + " is for Google, and the engine is " + std::string{engines->name()} +
           ", which reads every image here: set Google's credentials, or leave LOCAL_FIRST off";
  if (engines->make_sieve() == nullptr)
    return asked + " needs the local engine ppocr, and its parts are not there: script/setup brings them; or leave "
                   "LOCAL_FIRST off";
  return vision::local_first(engines, settings.local_first, settings.local_first_confidence);
}

} // namespace glyphgate
