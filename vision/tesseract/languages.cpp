#include "vision/tesseract/languages.hpp"

#include "vision/tesseract/data_directory.hpp"

#include <algorithm>
#include <iterator>
#include <system_error>
#include <utility>

namespace glyphgate::vision {

namespace {

struct named_language {
  std::string_view tag;
  std::string_view code;
};

/// Of the tags of a code, the one that is told comes first.
constexpr named_language table[] = {
    {"af", "afr"},           {"am", "amh"},           {"ar", "ara"},           {"as", "asm"},
    {"az", "aze"},           {"az-cyrl", "aze_cyrl"}, {"be", "bel"},           {"bg", "bul"},
    {"bn", "ben"},           {"bo", "bod"},           {"br", "bre"},           {"bs", "bos"},
    {"ca", "cat"},           {"ceb", "ceb"},          {"chr", "chr"},          {"co", "cos"},
    {"cs", "ces"},           {"cy", "cym"},           {"da", "dan"},           {"de", "deu"},
    {"dv", "div"},           {"dz", "dzo"},           {"el", "ell"},           {"en", "eng"},
    {"eo", "epo"},           {"es", "spa"},           {"et", "est"},           {"eu", "eus"},
    {"fa", "fas"},           {"fi", "fin"},           {"fil", "fil"},          {"fo", "fao"},
    {"fr", "fra"},           {"fy", "fry"},           {"ga", "gle"},           {"gd", "gla"},
    {"gl", "glg"},           {"gu", "guj"},           {"he", "heb"},           {"hi", "hin"},
    {"hr", "hrv"},           {"ht", "hat"},           {"hu", "hun"},           {"hy", "hye"},
    {"id", "ind"},           {"is", "isl"},           {"it", "ita"},           {"iu", "iku"},
    {"iw", "heb"},           {"ja", "jpn"},           {"jv", "jav"},           {"ka", "kat"},
    {"kk", "kaz"},           {"km", "khm"},           {"kn", "kan"},           {"ko", "kor"},
    {"ku", "kmr"},           {"ky", "kir"},           {"la", "lat"},           {"lb", "ltz"},
    {"lo", "lao"},           {"lt", "lit"},           {"lv", "lav"},           {"mi", "mri"},
    {"mk", "mkd"},           {"ml", "mal"},           {"mn", "mon"},           {"mr", "mar"},
    {"ms", "msa"},           {"mt", "mlt"},           {"my", "mya"},           {"no", "nor"},
    {"ne", "nep"},           {"nl", "nld"},           {"nb", "nor"},           {"nn", "nor"},
    {"oc", "oci"},           {"or", "ori"},           {"pa", "pan"},           {"pl", "pol"},
    {"ps", "pus"},           {"pt", "por"},           {"qu", "que"},           {"ro", "ron"},
    {"ru", "rus"},           {"sa", "san"},           {"sd", "snd"},           {"si", "sin"},
    {"sk", "slk"},           {"sl", "slv"},           {"sq", "sqi"},           {"sr", "srp"},
    {"sr-latn", "srp_latn"}, {"su", "sun"},           {"sv", "swe"},           {"sw", "swa"},
    {"syr", "syr"},          {"ta", "tam"},           {"te", "tel"},           {"tg", "tgk"},
    {"th", "tha"},           {"ti", "tir"},           {"tl", "fil"},           {"to", "ton"},
    {"tr", "tur"},           {"tt", "tat"},           {"ug", "uig"},           {"uk", "ukr"},
    {"ur", "urd"},           {"uz", "uzb"},           {"uz-cyrl", "uzb_cyrl"}, {"vi", "vie"},
    {"yi", "yid"},           {"yo", "yor"},           {"zh", "chi_sim"},       {"zh-hant", "chi_tra"},
    {"yue", "chi_tra"},      {"cmn", "chi_sim"},      {"cmn-hant", "chi_tra"}, {"zh-hans", "chi_sim"},
    {"zh-hk", "chi_tra"},    {"zh-mo", "chi_tra"},    {"zh-tw", "chi_tra"},
};

/// Lower case, with '-' for '_': tags and codes compare equal in this form.
std::string normalised(std::string_view name) {
  std::string result{name};
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
    else if (c == '_')
      c = '-';
  }
  return result;
}

/// The code of a language that the table knows, installed or not.
std::optional<std::string_view> known_code(std::string_view language) {
  auto name = normalised(language);
  for (;;) {
    for (const auto& entry : table)
      if (name == entry.tag || name == normalised(entry.code))
        return entry.code;
    const auto last_subtag = name.rfind('-');
    if (last_subtag == std::string::npos)
      return std::nullopt;
    name.resize(last_subtag);
  }
}

std::string debian_package(std::string_view code) {
  return "tesseract-ocr-" + normalised(code);
}

/// Whether it is worth repeating to whoever sent it.
bool looks_like_a_tag(std::string_view language) {
  constexpr std::size_t max_length = 40;
  const auto is_tag_character = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '/';
  };
  return !language.empty() && language.size() <= max_length && std::ranges::all_of(language, is_tag_character);
}

} // namespace

tesseract_languages tesseract_languages::installed() {
  namespace fs = std::filesystem;
  auto directory = tesseract_data_directory();
  std::vector<std::string> codes;
  std::error_code ignored;
  for (fs::recursive_directory_iterator at{directory, fs::directory_options::skip_permission_denied, ignored}, end;
       at != end; at.increment(ignored)) {
    const auto path = at->path();
    if (path.filename().string().starts_with('.'))
      at.disable_recursion_pending();
    else if (path.extension() == model_extension && at->is_regular_file(ignored))
      codes.push_back(path.lexically_relative(directory).replace_extension().generic_string());
  }
  std::ranges::sort(codes);
  return tesseract_languages{std::move(codes), std::move(directory)};
}

tesseract_languages::tesseract_languages(std::vector<std::string> codes, std::filesystem::path directory)
    : directory_{std::move(directory)},
      models_{std::move(codes)} {
  // Data for the detection of orientation and equations, not languages.
  std::ranges::copy_if(models_, std::back_inserter(codes_),
                       [](const std::string& code) { return code != "osd" && code != "equ"; });
}

std::optional<std::string> tesseract_languages::find(std::string_view language) const {
  const auto name = normalised(language);
  for (const auto& code : codes_)
    if (normalised(code) == name)
      return code;
  if (const auto code = known_code(language); code && std::ranges::find(codes_, *code) != codes_.end())
    return std::string{*code};
  return std::nullopt;
}

std::optional<std::string> tesseract_languages::refuse(std::string_view language) const {
  if (find(language))
    return std::nullopt;
  if (!looks_like_a_tag(language))
    return "not a language tag such as \"en\" or \"zh-Hans\"; installed languages: " + list();
  const auto quoted = '"' + std::string{language} + '"';
  const auto code = known_code(language);
  if (!code)
    return "the language " + quoted + " is not known; installed languages: " + list();
  return "the language " + quoted + " is not installed; installed languages: " + list() + "; the Debian package " +
         debian_package(*code) + " adds it";
}

std::string tesseract_languages::join(const std::vector<std::string>& languages) const {
  std::vector<std::string> chosen;
  for (const auto& language : languages)
    if (const auto code = find(language); code && std::ranges::find(chosen, *code) == chosen.end())
      chosen.push_back(*code);
  std::string joined;
  for (const auto& code : chosen)
    joined += (joined.empty() ? "" : "+") + code;
  return joined;
}

std::optional<std::filesystem::path> tesseract_languages::file_of(std::string_view code) const {
  if (directory_.empty() || std::ranges::find(models_, code) == models_.end())
    return std::nullopt;
  return directory_ / (std::string{code} + std::string{model_extension});
}

std::string tesseract_languages::list() const {
  if (codes_.empty())
    return "none";
  std::string result;
  for (const auto& code : codes_)
    result += (result.empty() ? "" : ", ") + code;
  return result;
}

std::string tag_of_code(std::string_view code) {
  const auto* found = std::ranges::find(table, code, &named_language::code);
  return std::string{found == std::end(table) ? code : found->tag};
}

std::vector<std::string> split_languages(std::string_view joined) {
  std::vector<std::string> parts;
  for (;;) {
    const auto plus = joined.find('+');
    parts.emplace_back(joined.substr(0, plus));
    if (plus == std::string_view::npos)
      return parts;
    joined.remove_prefix(plus + 1);
  }
}

} // namespace glyphgate::vision
