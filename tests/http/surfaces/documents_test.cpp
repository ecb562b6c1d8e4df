// The text of jobs in other formats than the job's JSON.
#include "../gunzipped.hpp"
#include "../server_fixture.hpp"
#include "core/kept_pictures.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace glyphgate::http::test;

namespace {

const std::string job_path = "/ocr/jobs/0123456789abcdef0123456789abcdef";

/// Every picture is that file.
class same_files : public kept_pictures {
public:
  same_files(std::size_t pictures, std::string file)
      : entries_(pictures, entry{{}, file.size()}),
        file_{std::move(file)} {}
  const std::vector<entry>& entries() const override { return entries_; }
  std::string read(std::size_t) const override { return file_; }

private:
  std::vector<entry> entries_;
  std::string file_;
};

/// A grey JPEG's markers, as far as they are looked at.
std::string jpeg_header() {
  using namespace std::string_literals;
  return "\xFF\xD8\xFF\xC0\x00\x0B\x08\x00\x28\x02\x58\x01\x01\x11\x00\xFF\xDA\x00\x08\x01\x01\x00\x00\x3F\x00"
         "\xFF\xD9"s;
}

struct documents : server_fixture {
  documents() {
    gate.on_get = [](const auto& id, const auto& done) { done(completed_job(id, 2)); };
    start();
  }
  std::string type_of(const std::string& target, const std::string& headers = "") const {
    return get(target, headers).header("content-type");
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(job_documents, documents)

BOOST_AUTO_TEST_CASE(json_is_what_there_is_without_a_wish) {
  for (const auto* headers : {"", "Accept: */*\r\n", "Accept: text/html,*/*;q=0.8\r\n"})
    BOOST_TEST(type_of(job_path, headers) == "application/json", headers);
  BOOST_TEST(field(get(job_path).body, "/result/results/1/id") == "frame_1");
}

BOOST_AUTO_TEST_CASE(formats_are_asked_for_by_name_and_by_accept) {
  BOOST_TEST(type_of(job_path + "?format=txt") == "text/plain; charset=utf-8");
  BOOST_TEST(type_of(job_path, "Accept: text/plain\r\n") == "text/plain; charset=utf-8");
  BOOST_TEST(type_of(job_path + "?format=json", "Accept: text/plain\r\n") == "application/json");
  BOOST_TEST(get(job_path + "?format=txt").body == "aaaaaa aaaaaa aaaaaa aaaaaa aaaaaa\n\f"
                                                   "aaaaaa aaaaaa aaaaaa aaaaaa aaaaaa\n");
  for (const auto* format : {"tsv", "hocr", "alto", "jsonl"})
    BOOST_TEST(get(job_path + "?format=" + format).status == 200, format);
}

BOOST_AUTO_TEST_CASE(one_image_has_a_path_of_its_own) {
  BOOST_TEST(get(job_path + "/images/frame_1?format=txt").body == "aaaaaa aaaaaa aaaaaa aaaaaa aaaaaa\n");
  BOOST_TEST(field(get(job_path + "/images/frame%5F1").body, "/id") == "frame_1");
  BOOST_TEST(get(job_path + "/images/frame_1?format=page").status == 200);
  BOOST_TEST(problem_kind(get(job_path + "/images/other")) == "image-not-found");
  BOOST_TEST(problem_kind(get(job_path + "/images/%zz")) == "malformed-request");
  BOOST_TEST(problem_kind(get(job_path + "/pictures/frame_1")) == "job-not-found");
  BOOST_TEST(problem_kind(call("DELETE", job_path + "/images/frame_1")) == "method-not-allowed");
  BOOST_TEST(call("DELETE", job_path + "/images/frame_1").header("allow") == "GET, HEAD");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_sent_is_told) {
  BOOST_TEST(field(get(job_path + "?format=docx").body, "/errors/0/detail") ==
             "it must be one of json, txt, tsv, hocr, alto, page, srt, jsonl, pdf");
  const auto none = get(job_path, "Accept: image/png\r\n");
  BOOST_TEST(none.status == 406);
  BOOST_TEST(problem_kind(none) == "not-acceptable");
  BOOST_TEST(field(none.body, "/supported/1") == "text/plain");
  BOOST_TEST(get(job_path + "?format=page").status == 422);
  BOOST_TEST(get(job_path + "?format=srt").status == 422);
  BOOST_TEST(get(job_path + "?format=pdf&dpi=7").status == 422);
  gate.on_get = [](const auto& id, const auto& done) { done(pending_job(id)); };
  const auto early = get(job_path + "?format=txt");
  BOOST_TEST(early.status == 409);
  BOOST_TEST(problem_kind(early) == "no-result");
  BOOST_TEST(early.header("retry-after") == "1");
  BOOST_TEST(get(job_path).status == 200);
}

BOOST_AUTO_TEST_CASE(subtitles_take_times_from_the_query) {
  BOOST_TEST(get(job_path + "?format=srt&timestamps=1,2").body ==
             "1\n00:00:01,000 --> 00:00:04,000\naaaaaa aaaaaa aaaaaa aaaaaa aaaaaa\n\n");
}

BOOST_AUTO_TEST_CASE(a_client_that_has_it_is_told_so) {
  const auto first = get(job_path + "?format=txt");
  const auto etag = first.header("etag");
  BOOST_TEST(first.header("vary") == "Accept, Accept-Encoding");
  BOOST_TEST(get(job_path + "?format=txt", "If-None-Match: " + etag + "\r\n").status == 304);
  BOOST_TEST(get(job_path + "?format=tsv", "If-None-Match: " + etag + "\r\n").status == 200);
  BOOST_TEST(get(job_path + "?format=hocr").header("etag") != get(job_path + "?format=hocr&symbols=1").header("etag"));
}

BOOST_AUTO_TEST_CASE(documents_are_packed_for_who_likes_that) {
  const auto plain = get(job_path + "?format=hocr");
  const auto packed = get(job_path + "?format=hocr", "Accept-Encoding: gzip\r\n");
  BOOST_TEST(packed.header("content-encoding") == "gzip");
  BOOST_TEST(packed.header("etag") != plain.header("etag"));
  BOOST_TEST(gunzipped(packed.body) == plain.body);
}

BOOST_AUTO_TEST_CASE(a_pdf_needs_images_that_are_kept) {
  const auto refused = get(job_path + "?format=pdf");
  BOOST_TEST(refused.status == 409);
  BOOST_TEST(problem_kind(refused) == "images-not-kept");
  BOOST_TEST(field(refused.body, "/detail").find("keep_images=true") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_pdf_holds_the_clients_jpegs) {
  gate.on_pictures = [](const auto&, const auto& done) { done(std::make_shared<const same_files>(2, jpeg_header())); };
  const auto pdf = get(job_path + "?format=pdf", "Accept-Encoding: gzip\r\n");
  BOOST_TEST(pdf.header("content-type") == "application/pdf");
  BOOST_TEST(pdf.header("content-encoding").empty());
  BOOST_TEST(pdf.body.starts_with("%PDF-1.7\n"));
  BOOST_TEST(pdf.body.ends_with("\n%%EOF\n"));
  BOOST_TEST(pdf.body.find("\nstream\n" + jpeg_header() + "\nendstream\n") != std::string::npos);
  BOOST_TEST(get(job_path + "/images/frame_1?format=pdf").status == 200);
}

BOOST_AUTO_TEST_CASE(a_picture_that_cannot_be_drawn_leaves_its_page_blank) {
  gate.on_pictures = [](const auto&, const auto& done) { done(std::make_shared<const same_files>(2, "GIF89a")); };
  const auto pdf = get(job_path + "?format=pdf");
  BOOST_TEST(pdf.status == 200);
  BOOST_TEST(pdf.body.find("DCTDecode") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
