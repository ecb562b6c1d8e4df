#include "vision/ppocr/picture_sifter.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

namespace glyphgate::vision {

namespace {

bool is_sure(const recognition& read, float confidence) {
  return std::ranges::all_of(read.symbols, [&](const symbol& s) { return s.confidence >= confidence; });
}

answered answer_of(recognition read) {
  return {std::make_shared<const recognition>(std::move(read))};
}

} // namespace

sieve_verdict picture_sifter::look(std::size_t position, const raster& pixels) {
  const auto found = ppocr_.find(pixels);
  const auto* regions = std::get_if<std::vector<text_region>>(&found);
  if (regions == nullptr)
    return travels{};
  if (regions->empty()) {
    recognition blank;
    blank.engine = "ppocr";
    // Of pictures without text nothing can be compared: each stands for itself.
    return options_.mode == sieve_mode::off ? sieve_verdict{travels{}} : answer_of(std::move(blank));
  }
  if (options_.near_duplicates) {
    auto print = print_of(pixels, *regions);
    if (leader_ && shows_same_text(leader_->print, print))
      return repeats{leader_->position};
    leader_ = leader{position, std::move(print)};
  }
  if (options_.mode != sieve_mode::confident)
    return travels{};
  auto read = ppocr_.read(pixels, *regions);
  auto* reading = std::get_if<recognition>(&read);
  // Regions in which nothing was read are no blank picture: something is there.
  if (reading == nullptr || reading->symbols.empty() || !is_sure(*reading, options_.confidence))
    return travels{};
  return answer_of(std::move(*reading));
}

} // namespace glyphgate::vision
