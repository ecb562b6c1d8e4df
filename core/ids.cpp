#include "core/ids.hpp"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace glyphgate {

job_id_source make_random_job_ids() {
  return [] {
    std::array<unsigned char, 16> bits{};
    if (getrandom(bits.data(), bits.size(), 0) != static_cast<ssize_t>(bits.size()))
      throw std::system_error{errno, std::generic_category(), "getrandom"};
    static constexpr char digits[] = "0123456789abcdef";
    job_id id;
    for (const auto byte : bits) {
      id.push_back(digits[byte >> 4]);
      id.push_back(digits[byte & 15]);
    }
    return id;
  };
}

} // namespace glyphgate
