#include "http/formats/plain_text.hpp"

#include "http/formats/escape.hpp"

#include <utility>

namespace glyphgate::http {

namespace {

class text_renderer : public renderer {
public:
  explicit text_renderer(job_extract job) : job_{std::move(job)} {}

  void render(std::size_t number, outbox& out) override {
    const auto& picture = job_.picture(number);
    if (number != 0)
      out << '\f';
    if (picture.outcome.recognised)
      out << text_of(*picture.outcome.recognised) << '\n';
    else
      out << '[' << on_one_line(picture.id) << ": " << on_one_line(picture.outcome.error) << "]\n";
  }

private:
  job_extract job_;
};

} // namespace

std::unique_ptr<renderer> make_text_renderer(job_extract job) {
  return std::make_unique<text_renderer>(std::move(job));
}

} // namespace glyphgate::http
