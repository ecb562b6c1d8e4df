#include "vision/jpeg/splice.hpp"

#include "vision/jpeg/header.hpp"
#include "vision/jpeg/seam.hpp"
#include "vision/jpeg/structure.hpp"
#include "vision/picture_header.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace glyphgate::vision {

namespace {

// An interval is counted in 16 bits.
constexpr std::uint64_t most_units_in_an_interval = 65535;

/// Pictures to be joined.
struct scans {
  std::vector<jpeg::baseline> pictures;
  std::vector<std::shared_ptr<const void>> owners;
};

/// Nothing where they cannot be joined.
std::optional<scans> read_scans(const std::vector<picture>& pictures) {
  scans found;
  found.pictures.reserve(pictures.size());
  found.owners.reserve(pictures.size());
  for (const auto& p : pictures) {
    if (p.info.format != picture_format::jpeg || p.info.orientation != 1)
      return std::nullopt;
    auto held = p.bytes->hold();
    const auto read = jpeg::read_baseline(held.view);
    if (!read || (!found.pictures.empty() && !jpeg::can_join(found.pictures.front(), *read)))
      return std::nullopt;
    found.pictures.push_back(*read);
    found.owners.push_back(std::move(held.owner));
  }
  return found;
}

/// The heads of all scans behind a plain row; nothing where one cannot be coded.
std::optional<std::vector<jpeg::seam_coder::head>> seams_of(const std::vector<jpeg::baseline>& pictures) {
  const auto coder = jpeg::seam_coder::make(pictures.front());
  if (!coder)
    return std::nullopt;
  std::vector<jpeg::seam_coder::head> heads;
  heads.reserve(pictures.size());
  for (const auto& p : pictures) {
    auto head = coder->code(p.scan);
    if (!head)
      return std::nullopt;
    heads.push_back(std::move(*head));
  }
  return heads;
}

/// The file: what is new of it lies in one block of memory, between the scans.
std::vector<held_bytes> parts_of(const scans& from, const std::vector<jpeg::seam_coder::head>& seams,
                                 std::uint32_t height, std::uint32_t interval) {
  const auto& pictures = from.pictures;
  const auto added = std::make_shared<std::string>(jpeg::header_of(pictures.front(), height, interval));
  std::vector<std::size_t> ends;
  ends.reserve(pictures.size());
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    if (i > 0) {
      added->push_back('\xFF');
      added->push_back(static_cast<char>(0xD0 + (i - 1) % 8));
    }
    if (!seams.empty())
      *added += seams[i].bytes;
    ends.push_back(added->size());
  }
  *added += "\xFF\xD9";
  std::vector<held_bytes> parts;
  parts.reserve(2 * pictures.size() + 1);
  const std::string_view all = *added;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    parts.push_back({all.substr(begin, ends[i] - begin), added});
    parts.push_back({pictures[i].scan.substr(seams.empty() ? 0 : seams[i].replaced), from.owners[i]});
    begin = ends[i];
  }
  parts.push_back({all.substr(begin), added});
  return parts;
}

} // namespace

joinable joins_of(std::string_view file, const picture_info& info) {
  if (info.format != picture_format::jpeg || info.orientation != 1)
    return {};
  const auto read = jpeg::read_baseline(file);
  if (!read || std::uint64_t{read->mcu_rows()} * read->mcus_per_row() > most_units_in_an_interval)
    return {};
  return {jpeg::kin_of(*read), read->scan.size(), read->mcu_rows() * read->mcu_height()};
}

std::optional<montage> splice(const std::vector<picture>& pictures, const montage_bounds& bounds, joint between) {
  if (pictures.size() < 2)
    return std::nullopt;
  const auto found = read_scans(pictures);
  if (!found)
    return std::nullopt;
  const auto& first = found->pictures.front();
  const std::uint64_t unit = first.mcu_height(), columns = first.mcus_per_row();
  const auto fits = [&](std::uint64_t rows) {
    const auto height = rows * unit * pictures.size();
    return height <= std::min<std::uint64_t>(bounds.height, max_side_px) && height * first.width <= bounds.pixels &&
           rows * columns <= most_units_in_an_interval;
  };
  const bool plain = between == joint::plain_row;
  const std::uint64_t rows = first.mcu_rows() + (plain ? 1 : 0);
  if (!fits(rows))
    return std::nullopt;
  std::vector<jpeg::seam_coder::head> seams;
  if (plain) {
    auto coded = seams_of(found->pictures);
    if (!coded)
      return std::nullopt;
    seams = std::move(*coded);
  }

  montage made;
  made.way = montage_way::spliced;
  made.width = first.width;
  made.height = static_cast<std::uint32_t>(rows * unit * pictures.size());
  made.parts = parts_of(*found, seams, made.height, static_cast<std::uint32_t>(rows * columns));
  made.placements.reserve(pictures.size());
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const auto top = (i * rows + (plain ? 1 : 0)) * unit;
    made.placements.push_back({i, static_cast<std::uint32_t>(top), first.width, found->pictures[i].height});
  }
  return made;
}

} // namespace glyphgate::vision
