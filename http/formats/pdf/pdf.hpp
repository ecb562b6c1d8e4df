#pragma once

#include "core/kept_pictures.hpp"
#include "http/formats/renderer.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace glyphgate::http {

/// Dots per inch of a page, where nobody tells them.
constexpr double usual_density = 200;
/// What a picture's own density is believed in: cameras write others that mean nothing.
constexpr double least_density = 100;
constexpr double most_density = 2400;

/// A JPEG; or, where there are no bytes, why there is none.
struct drawn_jpeg {
  std::string bytes;
  std::string error;
};

/// Makes a JPEG, upright, of a picture that a PDF cannot hold as it is; or says why it cannot. Blocks.
using draw_jpeg = std::function<drawn_jpeg(const picture&)>;

/// A searchable PDF: a page for each picture, which is shown as it was handed in where it is a JPEG, and with its text
/// unseen above it. PDF/A-2b where no picture has inks (CMYK). The outline names the pictures; where one failed, with
/// the reason. `kept` has one entry a picture of the whole job. `density` is the dots per inch of each page; none: the
/// picture's own, else `usual_density`.
std::unique_ptr<renderer> make_pdf_renderer(job_extract job, std::shared_ptr<const kept_pictures> kept, draw_jpeg draw,
                                            std::optional<double> density);

} // namespace glyphgate::http
