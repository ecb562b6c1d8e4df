#include "../pictures.hpp"
#include "checks.hpp"
#include "handmade_files.hpp"
#include "library_files.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(heif_header)

BOOST_AUTO_TEST_CASE(what_libheif_writes_has_the_size_that_it_reads) {
  for (const bool av1 : {false, true})
    for (int orientation = 1; orientation <= 8; ++orientation)
      for (const bool grid : {false, true}) {
        const auto file = heif_by_libheif(gradient(71, 65, 3), {av1, orientation, grid});
        const auto size = size_by_libheif(file);
        BOOST_TEST(size.width == (orientation < 5 ? 71 : 65));
        check_info(accepted(file), av1 ? picture_format::avif : picture_format::heif,
                   static_cast<std::uint32_t>(size.width), static_cast<std::uint32_t>(size.height), 1);
      }
}

BOOST_AUTO_TEST_CASE(the_properties_apply_in_their_order) {
  const auto size = [](const std::vector<std::string>& properties, const std::string& associated = "") {
    const auto info = accepted(heif_of({.properties = properties, .associated = associated}));
    return std::to_string(info.width) + " x " + std::to_string(info.height);
  };
  BOOST_TEST(size({ispe(100, 50)}) == "100 x 50");
  for (const std::uint32_t quarters : {1, 3, 5})
    BOOST_TEST(size({ispe(100, 50), irot(static_cast<std::uint8_t>(quarters))}) == "50 x 100");
  BOOST_TEST(size({ispe(100, 50), irot(2), box_of("imir", "\1")}) == "100 x 50");
  BOOST_TEST(size({ispe(100, 50), irot(1), irot(3)}) == "100 x 50");
  const auto crop = clap({60, 1, 30, 1, 0, 1, 0, 1});
  BOOST_TEST(size({ispe(100, 50), crop, irot(1)}) == "30 x 60");
  BOOST_TEST(size({ispe(100, 50), irot(1), crop}) == "50 x 30");
  // Only what is associated counts, with or without the bit that says that it matters.
  BOOST_TEST(size({ispe(8, 8), irot(1), ispe(100, 50)}, "\x83") == "100 x 50");
  BOOST_TEST(size({irot(1), ispe(100, 50)}, "\2\1\x7F") == "50 x 100");
}

BOOST_AUTO_TEST_CASE(a_clean_aperture_is_cut_at_the_sides) {
  const auto width = [](const std::vector<std::uint32_t>& across) {
    auto numbers = across;
    numbers.insert(numbers.begin() + 2, {50, 1});
    numbers.insert(numbers.end(), {0, 1});
    return accepted(heif_of({.properties = {ispe(100, 50), clap(numbers)}})).width;
  };
  constexpr std::uint32_t minus_ten = 0xFFFFFFF6, minus_most = 0x80000000;
  BOOST_TEST(width({60, 1, 0, 1}) == 60U);
  BOOST_TEST(width({121, 2, 0, 1}) == 61U);
  BOOST_TEST(width({100, 1, 10, 1}) == 90U);
  BOOST_TEST(width({100, 1, minus_ten, 1}) == 90U);
  BOOST_TEST(width({0x7FFFFFFF, 1, 0, 1}) == 100U);
  for (const auto& bad : {std::vector<std::uint32_t>{0, 1, 0, 1},
                          {60, 0, 0, 1},
                          {60, 1, 0, 0},
                          {60, 1, 0x7FFFFFFF, 1},
                          {60, 1, minus_most, 1},
                          {0xFFFFFFFF, 1, 0, 1}}) {
    auto numbers = bad;
    numbers.insert(numbers.begin() + 2, {50, 1});
    numbers.insert(numbers.end(), {0, 1});
    check_refusal(heif_of({.properties = {ispe(100, 50), clap(numbers)}}), ec::invalid_picture, "cropped to nothing");
  }
  check_refusal(heif_of({.properties = {ispe(100, 50), box_of("clap", "short")}}), ec::invalid_picture,
                "cropped to nothing");
}

BOOST_AUTO_TEST_CASE(the_coding_tells_the_format) {
  const auto format = [](const std::string& type, const std::string& more = "") {
    return accepted(heif_of({.brand = "mif1", .item_type = type, .properties = {ispe(100, 50)}, .more_items = more}))
        .format;
  };
  BOOST_TEST((format("hvc1") == picture_format::heif));
  BOOST_TEST((format("av01") == picture_format::avif));
  BOOST_TEST((format("grid", heif_item(2, "av01")) == picture_format::avif));
  BOOST_TEST((format("iden", heif_item(2, "hvc1")) == picture_format::heif));
  for (const auto* type : {"jpeg", "vvc1", "unci", "grid"})
    check_refusal(heif_of({.item_type = type, .properties = {ispe(100, 50)}}), ec::unsupported_format,
                  "HEVC and AV1 (HEIC and AVIF)");
}

BOOST_AUTO_TEST_CASE(sequences_without_a_still_picture_are_unsupported) {
  for (const auto* brand : {"msf1", "hevc", "hevx", "avis"})
    check_refusal(heif_of({.brand = brand, .properties = {ispe(100, 50)}}), ec::unsupported_format, "still picture");
  const auto no_meta = box_of("ftyp", "avif\0\0\0\0avifavis"s) + box_of("moov", "");
  check_refusal(no_meta, ec::unsupported_format, "still picture");
  // A file may be both.
  check_info(accepted(heif_of({.brand = "avismif1", .item_type = "av01", .properties = {ispe(100, 50)}})),
             picture_format::avif, 100, 50, 1);
}

BOOST_AUTO_TEST_CASE(senseless_ones_are_refused) {
  check_refusal(heif_of({.properties = {ispe(0, 50)}}), ec::invalid_picture, "0 x 50 px");
  check_refusal(heif_of({.properties = {irot(1)}}), ec::invalid_picture, "no size");
  check_refusal(heif_of({.properties = {box_of("ispe", "short")}}), ec::invalid_picture, "damaged");
  const auto ftyp = box_of("ftyp", "heic\0\0\0\0heic"s);
  check_refusal(ftyp + box_of("meta", ""), ec::invalid_picture, "damaged");
  check_refusal(ftyp + box_of("meta", "\0\0\0\0"s), ec::invalid_picture, "no primary picture");
  const auto file = heif_of({.properties = {ispe(100, 50)}});
  for (const auto* missing : {"pitm", "iinf", "iprp"}) {
    auto without = file;
    check_refusal(without.replace(without.find(missing), 4, "free"), ec::invalid_picture, "no primary picture");
  }
  for (const auto* missing : {"infe", "ipco", "ipma"}) {
    auto without = file;
    check_refusal(without.replace(without.find(missing), 4, "free"), ec::invalid_picture, "does not describe");
  }
  check_refusal(file.substr(0, file.size() - 1), ec::invalid_picture, "cut short");
  check_info(accepted(file + std::string(100, '\xFF')), picture_format::heif, 100, 50, 1);
}

BOOST_AUTO_TEST_CASE(counts_of_32_bits_do_no_harm) {
  auto file = heif_of({.properties = {ispe(100, 50)}});
  // The number of entries of ipma: the first one is the item's.
  const auto entries = file.find("ipma") + 8;
  check_info(accepted(file.replace(entries, 4, "\xFF\xFF\xFF\xFF")), picture_format::heif, 100, 50, 1);
  // None is.
  check_refusal(file.replace(entries + 4, 2, "xx"), ec::invalid_picture, "no size");
}

BOOST_AUTO_TEST_CASE(endless_boxes_are_given_up) {
  std::string many;
  for (int i = 0; i < 70000; ++i)
    many += box_of("free", "");
  check_refusal(box_of("ftyp", "heic\0\0\0\0heic"s) + many, ec::invalid_picture, "too many boxes");
  check_refusal(heif_of({.properties = {many, ispe(100, 50)}, .associated = "\2"}), ec::invalid_picture, "no size");
}

BOOST_AUTO_TEST_SUITE_END()
