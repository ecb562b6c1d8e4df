#include "sieve_double.hpp"

#include "core/digest.hpp"
#include "support/file_of.hpp"

#include <optional>
#include <utility>

namespace glyphgate::simulation {

namespace {

std::string shown_in(const std::string& content) {
  return content.substr(0, content.find('~'));
}

} // namespace

engine_description behind_sieve(engine_description engine, bool answers) {
  if (answers)
    engine.scope += local_first_scope;
  return engine;
}

bool answers_here(const engine_description& engine) {
  return engine.scope.ends_with(local_first_scope);
}

bool show_the_same(const std::string& a, const std::string& b) {
  return shown_in(a) == shown_in(b);
}

std::shared_ptr<const recognition> read_here(const std::string& content, sieve_mode mode) {
  recognition read;
  read.engine = "ppocr";
  if (mode != sieve_mode::off && content.starts_with("blank"))
    return std::make_shared<const recognition>(std::move(read));
  if (mode != sieve_mode::confident || !content.starts_with("t") || sha256(shown_in(content)).bytes[2] % 2 == 0)
    return nullptr;
  read.symbols.push_back({"text of " + content + ", read here", {}, 1, text_break::none});
  return std::make_shared<const recognition>(std::move(read));
}

bool is_read_here(const recognition& read, const std::string& content) {
  const auto right = read_here(content, sieve_mode::confident);
  return right && *right == read;
}

sift_outcome_ptr sieve_double::sift(const sift_request& portion) {
  if (random_.chance(fails_))
    return random_.chance(0.8) ? not_sifted(ec::internal, "the reader died")
                               : std::make_shared<const sift_outcome>(std::vector<sieve_verdict>{});
  std::vector<sieve_verdict> verdicts;
  std::vector<std::string> contents;
  for (const auto& p : portion.pictures) {
    contents.push_back(file_of(p));
    std::optional<std::size_t> same;
    for (std::size_t i = 0; i + 1 < contents.size() && !same; ++i)
      if (portion.options.near_duplicates && contents.back().starts_with("t") &&
          !std::holds_alternative<repeats>(verdicts[i]) && show_the_same(contents[i], contents.back()))
        same = i;
    if (same)
      verdicts.emplace_back(repeats{*same});
    else if (auto read = read_here(contents.back(), portion.options.mode))
      verdicts.emplace_back(answered{std::move(read)});
    else
      verdicts.emplace_back(travels{});
  }
  return std::make_shared<const sift_outcome>(std::move(verdicts));
}

} // namespace glyphgate::simulation
