#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace glyphgate::vision {

/// How the files of Tesseract's models end.
inline constexpr std::string_view model_extension = ".traineddata";

/// The languages that Tesseract has data for on this machine, and their names. Immutable; usable from any thread.
///
/// A language is named by a BCP 47 tag ("en", "zh-Hant", "pt-BR"; what the table does not hold is looked up without its
/// last subtags) or by Tesseract's own code ("chi_sim"), in any case of letters.
class tesseract_languages {
public:
  /// What lies in `tesseract_data_directory()` and the directories in it: "eng", "script/Latin". Reads the directory
  /// and no file; libtesseract has no part in it.
  static tesseract_languages installed();

  /// Takes Tesseract's codes of what is installed, and the directory that holds it; without one no model has a file.
  explicit tesseract_languages(std::vector<std::string> codes, std::filesystem::path directory = {});

  /// Tesseract's codes of the languages that are installed, sorted.
  const std::vector<std::string>& installed_codes() const { return codes_; }

  /// The installed code for a language, if there is one.
  std::optional<std::string> find(std::string_view language) const;

  /// Why a language cannot be served, with the mend, for people to read; nothing when it can.
  std::optional<std::string> refuse(std::string_view language) const;

  /// Tesseract's own list of `languages`, e.g. "chi_sim+eng": in their order, each once. None of them may be refused.
  std::string join(const std::vector<std::string>& languages) const;

  /// The file of an installed model by Tesseract's own code, also of one that is no language ("osd").
  std::optional<std::filesystem::path> file_of(std::string_view code) const;

private:
  std::string list() const;

  std::filesystem::path directory_;
  /// Of all that is installed.
  std::vector<std::string> models_;
  /// Those that are languages.
  std::vector<std::string> codes_;
};

/// The BCP 47 tag of the language that Tesseract's own code names, in lower case ("en" of "eng"); what is no such code
/// is itself.
std::string tag_of_code(std::string_view code);

/// The parts of a list joined with '+'.
std::vector<std::string> split_languages(std::string_view joined);

} // namespace glyphgate::vision
