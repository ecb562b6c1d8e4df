#include "vision/header/heif_meta.hpp"

#include "vision/bytes.hpp"
#include "vision/header/boxes.hpp"

namespace glyphgate::vision::header {

namespace {

/// The version and the flags that begin a full box.
constexpr std::size_t full_box_header = 4;
constexpr std::size_t max_properties = 32767;

/// Reads numbers one after the other. What is not there any more is 0, and `is_past_end`.
class numbers {
public:
  explicit numbers(std::string_view bytes) : bytes_{bytes} {}

  std::uint32_t u8() { return take(1) ? vision::u8(bytes_, at_ - 1) : 0; }
  std::uint32_t u16() { return take(2) ? be16(bytes_, at_ - 2) : 0; }
  std::uint32_t u32() { return take(4) ? be32(bytes_, at_ - 4) : 0; }
  bool is_past_end() const { return past_end_; }
  std::string_view rest() const { return bytes_.substr(at_); }

private:
  bool take(std::size_t count) {
    past_end_ = past_end_ || !holds(bytes_, at_, count);
    if (!past_end_)
      at_ += count;
    return !past_end_;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  bool past_end_ = false;
};

std::optional<std::uint32_t> read_primary_item(std::string_view pitm) {
  numbers from{pitm};
  const auto version = from.u32() >> 24;
  const auto id = version == 0 ? from.u16() : from.u32();
  return from.is_past_end() ? std::nullopt : std::optional{id};
}

struct item_kinds {
  /// Of the primary item; nothing where it is not told.
  std::optional<item_coding> primary;
  bool has_hevc = false;
  bool has_av1 = false;
};

item_coding coding_of(std::string_view type) {
  if (type == "hvc1")
    return item_coding::hevc;
  if (type == "av01")
    return item_coding::av1;
  return type == "grid" || type == "iden" || type == "iovl" ? item_coding::derived : item_coding::other;
}

item_kinds read_items(std::string_view iinf, std::uint32_t primary) {
  numbers from{iinf};
  const auto version = from.u32() >> 24;
  version == 0 ? from.u16() : from.u32();
  item_kinds kinds;
  boxes entries{from.rest()};
  while (const auto entry = entries.next()) {
    numbers fields{entry->content};
    const auto entry_version = fields.u32() >> 24;
    if (entry->type != "infe" || (entry_version != 2 && entry_version != 3))
      continue;
    const auto id = entry_version == 2 ? fields.u16() : fields.u32();
    // Its protection.
    fields.u16();
    if (fields.is_past_end() || fields.rest().size() < 4)
      continue;
    const auto coding = coding_of(fields.rest().substr(0, 4));
    kinds.has_hevc = kinds.has_hevc || coding == item_coding::hevc;
    kinds.has_av1 = kinds.has_av1 || coding == item_coding::av1;
    if (id == primary && !kinds.primary)
      kinds.primary = coding;
  }
  return kinds;
}

/// The numbers, from 1, of the item's properties.
std::vector<std::uint32_t> read_associations(std::string_view ipma, std::uint32_t item) {
  numbers from{ipma};
  const auto head = from.u32();
  const auto version = head >> 24;
  const bool is_wide = (head & 1) != 0;
  const auto entries = from.u32();
  for (std::uint32_t i = 0; i < entries && !from.is_past_end(); ++i) {
    const auto id = version == 0 ? from.u16() : from.u32();
    const auto count = from.u8();
    std::vector<std::uint32_t> found;
    for (std::uint32_t k = 0; k < count && !from.is_past_end(); ++k) {
      // The highest bit tells whether a reader must know the property.
      const auto index = is_wide ? from.u16() & 0x7FFF : from.u8() & 0x7F;
      if (id == item)
        found.push_back(index);
    }
    if (id == item && !from.is_past_end())
      return found;
  }
  return {};
}

std::vector<heif_primary::property> read_properties(std::string_view ipco) {
  std::vector<heif_primary::property> properties;
  boxes all{ipco};
  for (auto next = all.next(); next && properties.size() < max_properties; next = all.next())
    properties.push_back({next->type, next->content});
  return properties;
}

} // namespace

std::variant<heif_primary, std::string> read_heif_meta(std::string_view meta) {
  if (meta.size() < full_box_header)
    return "is damaged in its header";
  const auto content = meta.substr(full_box_header);
  const auto pitm = find_box(content, "pitm"), iinf = find_box(content, "iinf"), iprp = find_box(content, "iprp");
  const auto primary = pitm ? read_primary_item(*pitm) : std::nullopt;
  if (!primary || !iinf || !iprp)
    return "names no primary picture";

  const auto kinds = read_items(*iinf, *primary);
  if (!kinds.primary)
    return "does not describe its primary picture";
  heif_primary result;
  result.coding = *kinds.primary;
  if (result.coding == item_coding::derived)
    result.coding = kinds.has_hevc ? item_coding::hevc : kinds.has_av1 ? item_coding::av1 : item_coding::other;

  const auto ipco = find_box(*iprp, "ipco"), ipma = find_box(*iprp, "ipma");
  if (!ipco || !ipma)
    return "does not describe its primary picture";
  const auto all = read_properties(*ipco);
  for (const auto index : read_associations(*ipma, *primary))
    if (index >= 1 && index <= all.size())
      result.properties.push_back(all[index - 1]);
  return result;
}

} // namespace glyphgate::vision::header
