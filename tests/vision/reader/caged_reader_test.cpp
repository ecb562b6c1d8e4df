#include "support/temporary_directory.hpp"
#include "support/test_png.hpp"
#include "vision/reader/caged_reader.hpp"
#include "vision/reader/shared_file.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <sys/mman.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace std::chrono_literals;

namespace {

constexpr montage_limits limits{{50'000, 50'000'000}, 20'000'000};

/// A picture that tells the hostile reader what to do.
picture picture_that(const std::string& deed) {
  auto bytes = test_png(0) + (deed.empty() ? "" : "do:" + deed);
  auto header = std::get<picture_header>(inspect(bytes));
  return {deed, make_picture_bytes(std::move(bytes)), header.info, {}};
}

std::shared_ptr<reader_settings> settings_of() {
  auto settings = std::make_shared<reader_settings>();
  settings->program = HOSTILE_READER;
  settings->memory = std::make_shared<picture_memory>(256ULL << 20);
  settings->model_file = [](std::string_view) { return std::nullopt; };
  settings->decoding_time = 2s;
  settings->reading_time = 2s;
  return settings;
}

/// What the reader says who it is.
std::string process_of(const std::variant<picture_outcome, call_failure>& told) {
  const auto& outcome = std::get<picture_outcome>(told);
  BOOST_REQUIRE_MESSAGE(outcome.recognised, outcome.error);
  return outcome.recognised->symbols.front().text;
}

bool lives(const std::string& process) {
  return std::filesystem::exists("/proc/" + process);
}

/// What makes a reader end, and a part of what is said of it.
struct deed {
  const char* name;
  const char* said;
};
std::ostream& operator<<(std::ostream& out, const deed& d) {
  return out << d.name;
}
constexpr deed must_not[] = {{"open", "must not (signal 31)"},
                             {"create", "must not (signal 31)"},
                             {"socket", "must not (signal 31)"},
                             {"unix_socket", "must not (signal 31)"},
                             {"execute", "must not (signal 31)"},
                             {"fork", "must not (signal 31)"},
                             {"kill_parent", "must not (signal 31)"},
                             {"trace", "must not (signal 31)"},
                             {"raise_limit", "must not (signal 31)"},
                             {"run_memory", "must not (signal 31)"},
                             {"crash", "crashed (signal 11)"},
                             {"abort", "crashed (signal 6)"},
                             {"leave", "ended (status 0)"},
                             {"spin", "took longer than 2 s"},
                             {"lie", "damaged answer"},
                             {"keep_writing", "damaged answer"}};

} // namespace

BOOST_AUTO_TEST_SUITE(caged_readers)

BOOST_DATA_TEST_CASE(a_reader_that_does_what_it_must_not_costs_one_picture, must_not, what) {
  caged_reader reader{settings_of()};
  const auto before = process_of(reader.read(picture_that(""), {}, {}));
  const auto told = reader.read(picture_that(what.name), {}, {});
  const auto& outcome = std::get<picture_outcome>(told);
  BOOST_TEST(!outcome.recognised);
  BOOST_TEST(outcome.error.starts_with("the image cannot be read: "), outcome.error);
  BOOST_TEST(outcome.error.find(what.said) != std::string::npos, outcome.error);
  BOOST_TEST(!lives(before));
  // The next one has a reader again.
  BOOST_TEST(process_of(reader.read(picture_that(""), {}, {})) != before);
}

BOOST_DATA_TEST_CASE(the_other_pictures_of_a_montage_go_on, must_not, what) {
  caged_reader reader{settings_of()};
  const std::vector<picture> pictures{picture_that(""), picture_that(what.name), picture_that("")};
  const auto made = reader.draw(pictures, limits, {});
  if (std::string_view{what.said} == "damaged answer") {
    // Nobody knows which picture did it: the halves of the call will show.
    BOOST_REQUIRE(std::holds_alternative<no_montage>(made));
    BOOST_TEST((std::get<no_montage>(made).code == ec::request_rejected));
    return;
  }
  BOOST_REQUIRE(std::holds_alternative<montage>(made));
  const auto& m = std::get<montage>(made);
  BOOST_REQUIRE(m.unplaced.size() == 1U);
  BOOST_TEST(m.unplaced[0].picture == 1U);
  BOOST_TEST(m.unplaced[0].text.find(what.said) != std::string::npos, m.unplaced[0].text);
  BOOST_REQUIRE(m.parts.size() == 1U);
  BOOST_TEST(m.parts[0].view == "\xFF\xD8 a montage \xFF\xD9");
}

BOOST_DATA_TEST_CASE(a_reader_that_does_what_it_must_not_costs_one_document, must_not, what) {
  caged_reader reader{settings_of()};
  const auto look = [&](const std::string& deed) {
    const auto file = std::make_shared<const std::string>("%PDF-1.4 do:" + deed);
    return reader.look({*file, file}, {}, {});
  };
  BOOST_TEST(std::holds_alternative<document_facts>(look("")));
  const auto told = look(what.name);
  BOOST_REQUIRE(std::holds_alternative<picture_refusal>(told));
  const auto& refusal = std::get<picture_refusal>(told);
  BOOST_TEST(refusal.detail.starts_with("the PDF cannot be read: "), refusal.detail);
  BOOST_TEST(refusal.detail.find(what.said) != std::string::npos, refusal.detail);
  BOOST_TEST(std::holds_alternative<document_facts>(look("")));
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
BOOST_AUTO_TEST_CASE(memory_has_a_bound) {
  caged_reader reader{settings_of()};
  const auto told = reader.read(picture_that("allocate"), {}, {});
  const auto& outcome = std::get<picture_outcome>(told);
  BOOST_TEST(outcome.error == "the image needs more memory than there is to read it");
  const auto made = reader.draw({picture_that("allocate")}, limits, {});
  BOOST_REQUIRE(std::holds_alternative<no_montage>(made));
  BOOST_TEST((std::get<no_montage>(made).code == ec::internal));
  process_of(reader.read(picture_that(""), {}, {}));
}
#endif

BOOST_DATA_TEST_CASE(the_other_pictures_are_looked_at_and_that_one_travels, must_not, what) {
  caged_reader reader{settings_of()};
  const std::vector<picture> pictures{picture_that(""), picture_that(what.name), picture_that("")};
  const auto told = reader.sift(pictures, {sieve_mode::blank, 0.99F, false}, {});
  if (std::string_view{what.said} == "damaged answer") {
    BOOST_REQUIRE(std::holds_alternative<call_failure>(told));
    BOOST_TEST((std::get<call_failure>(told).code == ec::internal));
    return;
  }
  BOOST_REQUIRE(std::holds_alternative<std::vector<sieve_verdict>>(told));
  const auto& verdicts = std::get<std::vector<sieve_verdict>>(told);
  BOOST_REQUIRE(verdicts.size() == 3U);
  BOOST_TEST(std::holds_alternative<answered>(verdicts[0]));
  BOOST_TEST(std::holds_alternative<travels>(verdicts[1]));
  BOOST_TEST(std::holds_alternative<answered>(verdicts[2]));
}

BOOST_AUTO_TEST_CASE(a_sieve_without_its_engine_says_so) {
  caged_reader reader{settings_of()};
  const auto told = reader.sift({picture_that("no_engine")}, {sieve_mode::blank, 0.99F, false}, {});
  BOOST_REQUIRE(std::holds_alternative<call_failure>(told));
  BOOST_TEST((std::get<call_failure>(told).code == ec::engine_unavailable));
  BOOST_TEST(!std::get<call_failure>(told).sent);
}

BOOST_AUTO_TEST_CASE(an_answer_has_a_bound) {
  caged_reader reader{settings_of()};
  const auto told = reader.read(picture_that("write_much"), {}, {});
  BOOST_TEST(!std::get<picture_outcome>(told).recognised);
  process_of(reader.read(picture_that(""), {}, {}));
}

BOOST_AUTO_TEST_CASE(a_picture_beyond_all_the_memory_is_not_begun) {
  auto settings = settings_of();
  settings->memory = std::make_shared<picture_memory>(1000);
  caged_reader reader{settings};
  const auto told = reader.read(picture_that(""), {}, {});
  BOOST_TEST(std::get<picture_outcome>(told).error ==
             "the image needs 1 MiB of memory to be read; at most 1 MiB are available (PICTURE_MEMORY_MB)");
}

BOOST_AUTO_TEST_CASE(one_process_serves_many_pictures_and_goes_at_rest) {
  caged_reader reader{settings_of()};
  const auto first = process_of(reader.read(picture_that(""), {}, {}));
  BOOST_TEST(process_of(reader.read(picture_that(""), {}, {})) == first);
  reader.rest();
  BOOST_TEST(!lives(first));
  BOOST_TEST(process_of(reader.read(picture_that(""), {}, {})) != first);
}

BOOST_AUTO_TEST_CASE(a_reader_that_died_in_between_is_replaced_without_a_word) {
  caged_reader reader{settings_of()};
  const auto first = process_of(reader.read(picture_that(""), {}, {}));
  BOOST_REQUIRE(::kill(std::stoi(first), SIGKILL) == 0);
  BOOST_TEST(process_of(reader.read(picture_that(""), {}, {})) != first);
}

BOOST_AUTO_TEST_CASE(a_stop_ends_the_reader_within_a_second) {
  auto settings = settings_of();
  settings->reading_time = 60s;
  settings->decoding_time = 60s;
  caged_reader reader{settings};
  for (const bool draws : {false, true}) {
    const auto process = process_of(reader.read(picture_that(""), {}, {}));
    std::stop_source stop;
    std::chrono::steady_clock::time_point stopped_at;
    std::jthread stopper{[&] {
      // The reader spins before it is stopped, as far as can be told: it has used the processor.
      while (lives(process)) {
        std::ifstream stat{"/proc/" + process + "/schedstat"};
        long long ran = 0;
        stat >> ran;
        if (ran > 300'000'000)
          break;
        std::this_thread::yield();
      }
      stopped_at = std::chrono::steady_clock::now();
      stop.request_stop();
    }};
    if (draws) {
      const auto made = reader.draw({picture_that("spin")}, limits, stop.get_token());
      BOOST_TEST(std::get<no_montage>(made).detail.empty());
    } else {
      const auto told = reader.read(picture_that("spin"), {}, stop.get_token());
      BOOST_TEST((std::get<call_failure>(told).code == ec::cancelled));
      BOOST_TEST(!std::get<call_failure>(told).sent);
    }
    BOOST_TEST((std::chrono::steady_clock::now() - stopped_at < 1s));
    BOOST_TEST(!lives(process));
  }
}

BOOST_AUTO_TEST_CASE(a_program_that_is_not_there_is_no_fault_of_the_picture) {
  auto settings = settings_of();
  settings->program = "/nowhere/glyphgate-reader";
  caged_reader reader{settings};
  const auto told = reader.read(picture_that(""), {}, {});
  const auto& failed = std::get<call_failure>(told);
  BOOST_TEST((failed.code == ec::internal));
  BOOST_TEST(!failed.sent);
  BOOST_TEST(failed.detail.find("/nowhere/glyphgate-reader") != std::string::npos, failed.detail);
  const auto made = reader.draw({picture_that("")}, limits, {});
  BOOST_TEST((std::get<no_montage>(made).code == ec::internal));
}

BOOST_AUTO_TEST_CASE(an_engine_without_data_is_no_fault_of_the_picture) {
  caged_reader reader{settings_of()};
  const auto told = reader.read(picture_that("no_engine"), {}, {});
  BOOST_TEST((std::get<call_failure>(told).code == ec::engine_unavailable));
}

BOOST_AUTO_TEST_CASE(models_come_along_once) {
  const temporary_directory directory;
  const auto file = std::filesystem::path{directory.path()} / "eng.traineddata";
  std::ofstream{file} << "twelve bytes";
  auto settings = settings_of();
  int asked = 0;
  settings->model_file = [&](std::string_view code) {
    ++asked;
    return code == "eng" ? std::optional{file} : std::nullopt;
  };
  caged_reader reader{settings};
  for (int i = 0; i < 2; ++i) {
    const auto told = reader.read(picture_that(""), {reading_engine::tesseract, {"eng"}}, {});
    BOOST_TEST(std::get<picture_outcome>(told).recognised->symbols.back().text == "eng=12");
  }
  BOOST_TEST(asked == 1);
}

BOOST_AUTO_TEST_CASE(a_reader_has_nothing_of_its_parents) {
  ::setenv("GLYPHGATE_TEST_SECRET", "the-secret-of-the-environment", 1);
  caged_reader reader{settings_of()};
  const auto process = process_of(reader.read(picture_that(""), {}, {}));
  ::unsetenv("GLYPHGATE_TEST_SECRET");
  std::ifstream environment{"/proc/" + process + "/environ"};
  const std::string all{std::istreambuf_iterator<char>{environment}, {}};
  BOOST_TEST(all.find("OMP_THREAD_LIMIT=1") != std::string::npos);
  BOOST_TEST(all.find("secret") == std::string::npos);
  // Standard input, output and error, and the socket; the request's files are closed once it is answered.
  const auto files = [&] { return std::distance(std::filesystem::directory_iterator{"/proc/" + process + "/fd"}, {}); };
  const auto give_up_at = std::chrono::steady_clock::now() + 10s;
  while (files() != 4 && std::chrono::steady_clock::now() < give_up_at)
    std::this_thread::yield();
  BOOST_TEST(files() == 4);
}

BOOST_AUTO_TEST_CASE(a_sealed_file_is_whole_and_stays_so) {
  const auto file = make_shared_file("test");
  write_all(file.get(), {"one ", "", "two"});
  BOOST_TEST(!map_sealed(file.get()).has_value());
  BOOST_TEST(seal(file.get()));
  const auto mapped = map_sealed(file.get());
  BOOST_REQUIRE(mapped.has_value());
  BOOST_TEST(mapped->view == "one two");
  BOOST_CHECK_THROW(write_all(file.get(), {"more"}), std::system_error);
  BOOST_TEST((::mmap(nullptr, 7, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0) == MAP_FAILED));
}

BOOST_AUTO_TEST_SUITE_END()
