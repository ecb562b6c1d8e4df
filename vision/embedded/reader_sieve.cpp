#include "vision/embedded/reader_sieve.hpp"

#include "vision/embedded/ppocr_rules.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace glyphgate::vision {

sift_outcome reader_sieve::sift(const std::vector<picture>& pictures, const std::vector<std::string>& hints,
                                const sieve_options& options, std::stop_token stop, const progress_fn& progress) {
  auto wanted = options;
  if (wanted.mode == sieve_mode::confident && !std::ranges::all_of(hints, ppocr_reads))
    wanted.mode = sieve_mode::blank;
  auto outcome = reader_->sift(pictures, wanted, stop);
  if (progress && std::holds_alternative<std::vector<sieve_verdict>>(outcome))
    progress(pictures.size());
  return outcome;
}

} // namespace glyphgate::vision
