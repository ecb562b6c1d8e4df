#include "http/formats/json_lines.hpp"

#include "http/answers/json_answers.hpp"

#include <utility>

namespace glyphgate::http {

namespace {

class json_lines_renderer : public renderer {
public:
  json_lines_renderer(job_extract job, job_detail detail) : job_{std::move(job)}, detail_{detail} {}

  void render(std::size_t number, outbox& out) override {
    out << image_json(job_.picture(number), *job_.result, detail_) << '\n';
  }

private:
  job_extract job_;
  job_detail detail_;
};

} // namespace

std::unique_ptr<renderer> make_json_lines_renderer(job_extract job, job_detail detail) {
  return std::make_unique<json_lines_renderer>(std::move(job), detail);
}

} // namespace glyphgate::http
