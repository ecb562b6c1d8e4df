#include "vision/documents/prepare_documents.hpp"

#include "vision/documents/pdf_file.hpp"

#include <fontconfig/fontconfig.h>
#include <iconv.h>
#include <poppler-document.h>
#include <poppler-global.h>

#include <array>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>

namespace glyphgate::vision {

namespace {

/// Where Debian has poppler's tables of characters: package poppler-data.
constexpr const char* tables = "/usr/share/poppler";

/// Where the packages fonts-urw-base35 and fonts-droid-fallback have their fonts, and how the files begin that are
/// used.
struct font_files {
  const char* directory;
  std::string_view beginning;
};
constexpr std::array fonts{font_files{"/usr/share/fonts/opentype/urw-base35", "Nimbus"},
                           font_files{"/usr/share/fonts/opentype/urw-base35", "StandardSymbolsPS"},
                           font_files{"/usr/share/fonts/opentype/urw-base35", "D050000L"},
                           font_files{"/usr/share/fonts/truetype/droid", "DroidSansFallback"}};

/// Which of them stands for which, as fontconfig is told it.
constexpr std::string_view stands_for = R"(<?xml version="1.0"?>
<fontconfig>
  <alias binding="same"><family>Helvetica</family><accept><family>Nimbus Sans</family></accept></alias>
  <alias binding="same"><family>Arial</family><accept><family>Nimbus Sans</family></accept></alias>
  <alias binding="same"><family>Verdana</family><accept><family>Nimbus Sans</family></accept></alias>
  <alias binding="same"><family>Calibri</family><accept><family>Nimbus Sans</family></accept></alias>
  <alias binding="same"><family>Times</family><accept><family>Nimbus Roman</family></accept></alias>
  <alias binding="same"><family>Times New Roman</family><accept><family>Nimbus Roman</family></accept></alias>
  <alias binding="same"><family>Courier</family><accept><family>Nimbus Mono PS</family></accept></alias>
  <alias binding="same"><family>Courier New</family><accept><family>Nimbus Mono PS</family></accept></alias>
  <alias binding="same"><family>Symbol</family><accept><family>Standard Symbols PS</family></accept></alias>
  <alias binding="same"><family>ZapfDingbats</family><accept><family>D050000L</family></accept></alias>
  <match target="pattern">
    <edit name="family" mode="append_last"><string>Nimbus Sans</string></edit>
    <edit name="family" mode="append_last"><string>Droid Sans Fallback</string></edit>
  </match>
</fontconfig>
)";

/// A page with a letter of each of the fonts: what poppler and its libraries look for once, they find with it.
constexpr std::string_view first_page = R"(%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]/Contents 4 0 R/Resources<</Font<</F<</Type/Font/Subtype/Type1
/BaseFont/Helvetica>>>>>>>>endobj
4 0 obj<</Length 29>>stream
BT /F 9 Tf 9 9 Td (A) Tj ET 
endstream endobj
trailer<</Root 1 0 R>>
)";

/// One by one, as fontconfig wants to write down what it finds in directories.
void use_fonts(const std::function<void(const std::string& file)>& keep) {
  FcConfig* const config = ::FcConfigCreate();
  if (config == nullptr)
    return;
  const std::string text{stands_for};
  ::FcConfigParseAndLoadFromMemory(config, reinterpret_cast<const FcChar8*>(text.c_str()), FcTrue);
  for (const auto& font : fonts) {
    std::error_code absent;
    for (const auto& file : std::filesystem::directory_iterator{font.directory, absent}) {
      const auto path = file.path().string();
      if (!file.path().filename().string().starts_with(font.beginning))
        continue;
      ::FcConfigAppFontAddFile(config, reinterpret_cast<const FcChar8*>(path.c_str()));
      keep(path);
    }
  }
  ::FcConfigSetCurrent(config);
  ::FcConfigDestroy(config);
}

void keep_tables(const std::function<void(const std::string& file)>& keep) {
  std::error_code failed;
  for (std::filesystem::recursive_directory_iterator at{tables, failed}, end; !failed && at != end;
       at.increment(failed))
    if (at->is_regular_file(failed))
      keep(at->path().string());
}

/// poppler's texts go through these. The C library loads what it needs for them once, and as long as they are open.
void load_conversions() {
  static const iconv_t to_text = ::iconv_open("UTF-8", "UTF-16"), from_text = ::iconv_open("UTF-16", "UTF-8");
  static_cast<void>(to_text);
  static_cast<void>(from_text);
}

} // namespace

void prepare_documents(const std::function<void(const std::string& file)>& keep) {
  poppler::set_debug_error_function([](const std::string&, void*) {}, nullptr);
  use_fonts(keep);
  keep_tables(keep);
  load_conversions();
  auto opened = pdf_file::open(first_page);
  if (auto* file = std::get_if<pdf_file>(&opened)) {
    file->draw(0, 72, 72);
    file->text_of(0, 72, 72);
    // What poppler knows of tables and fonts goes with the last document: this one stays.
    static const pdf_file stays = std::move(*file);
  }
}

} // namespace glyphgate::vision
