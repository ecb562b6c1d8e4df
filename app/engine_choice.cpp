#include "app/engine_choice.hpp"

#include "app/machine_memory.hpp"
#include "core/log.hpp"
#include "vision/embedded/embedded_provider.hpp"
#include "vision/embedded/local_rules.hpp"
#include "vision/embedded/ppocr_rules.hpp"
#include "vision/embedded/tesseract_rules.hpp"
#include "vision/google/google_provider.hpp"
#include "vision/local_first.hpp"
#include "vision/reader/caged_reader.hpp"
#include "vision/reader/reader_program.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

namespace glyphgate {

namespace {

/// What is on this machine to read with.
struct local_parts {
  std::variant<vision::ppocr_parts, std::string> ppocr;
  std::shared_ptr<const vision::tesseract_languages> languages;
  /// Shared by all readers.
  std::shared_ptr<vision::picture_memory> memory;

  const vision::ppocr_parts* ppocr_if_there() const { return std::get_if<vision::ppocr_parts>(&ppocr); }
};

local_parts find_local_parts(const config& settings) {
  return {vision::find_ppocr_parts(settings.engine.ppocr_dir),
          std::make_shared<const vision::tesseract_languages>(vision::tesseract_languages::installed()),
          std::make_shared<vision::picture_memory>(std::uint64_t{settings.engine.picture_memory_mb} << 20U)};
}

/// Makes readers that have these parts.
vision::reader_factory readers_with(const config& settings, const local_parts& parts) {
  const auto made = std::make_shared<vision::reader_settings>();
  made->program = vision::reader_program();
  made->caged = settings.engine.reader_cage;
  made->decoding_time = settings.engine.decode_timeout;
  made->reading_time = settings.engine.tesseract_timeout;
  made->memory = parts.memory;
  if (const auto* ppocr = parts.ppocr_if_there())
    made->runtime = ppocr->runtime();
  made->model_file = [parts](std::string_view model) -> std::optional<std::filesystem::path> {
    if (const auto* ppocr = parts.ppocr_if_there(); ppocr && std::ranges::count(vision::ppocr_models, model))
      return ppocr->file_of(model);
    return parts.languages->file_of(model);
  };
  return [made] { return std::make_unique<vision::caged_reader>(made); };
}

vision::sieve_source sieves_with(const config& settings, const local_parts& parts) {
  const auto* ppocr = parts.ppocr_if_there();
  if (ppocr == nullptr)
    return {{}, "", {"ppocr", "", {}, std::get<std::string>(parts.ppocr)}};
  return {readers_with(settings, parts), ppocr->scope, {"ppocr", ppocr->version, vision::ppocr_parts::languages(), ""}};
}

engine_choice google(const config& settings) {
  const auto parts = find_local_parts(settings);
  auto made = vision::make_google_provider(settings.google, readers_with(settings, parts), sieves_with(settings, parts),
                                           parts.memory);
  if (auto* refused = std::get_if<std::string>(&made))
    return std::move(*refused);
  return std::shared_ptr<const vision::engine_provider>{std::get<0>(std::move(made))};
}

/// The engines that come with the service, as far as `name` wants them.
engine_choice embedded(const config& settings, std::string_view name) {
  const auto parts = find_local_parts(settings);
  const auto provider = [&](std::shared_ptr<const vision::reading_rules> rules) {
    return std::make_shared<const vision::embedded_provider>(std::move(rules), readers_with(settings, parts),
                                                             sieves_with(settings, parts), parts.memory);
  };
  const auto* ppocr = parts.ppocr_if_there();
  if (name == "ppocr") {
    if (ppocr == nullptr)
      return "OCR_ENGINE=ppocr: " + std::get<std::string>(parts.ppocr);
    return provider(std::make_shared<const vision::ppocr_rules>(*ppocr));
  }
  const auto tesseract =
      std::make_shared<const vision::tesseract_rules>(settings.engine.tesseract_languages, parts.languages);
  if (const auto refused = tesseract->refuse_default_languages())
    return "TESSERACT_LANGUAGES: " + *refused;
  if (name == "tesseract")
    return provider(tesseract);
  if (ppocr == nullptr)
    log::warn("ppocr_absent", {{"reason", std::get<std::string>(parts.ppocr)}});
  return provider(std::make_shared<const vision::local_rules>(tesseract, parts.ppocr));
}

} // namespace

void fill_in(engine_config& engine) {
  if (engine.picture_memory_mb == 0)
    engine.picture_memory_mb = default_picture_memory_mb(machine_memory());
}

bool reads_with_google(const config& settings) {
  return settings.engine.name == "google" || (settings.engine.name == "auto" && settings.google.has_credentials());
}

engine_choice choose_engines(const config& settings) {
  if (auto refused = vision::refuse_reader(vision::reader_program(), settings.engine.reader_cage))
    return *std::move(refused);
  if (!settings.engine.reader_cage)
    log::warn("reader_not_caged", {{"setting", "READER_CAGE=off"}});
  return with_sieve(reads_with_google(settings) ? google(settings) : embedded(settings, settings.engine.name),
                    settings.engine);
}

engine_choice with_sieve(engine_choice chosen, const engine_config& settings) {
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
