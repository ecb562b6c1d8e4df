#pragma once

#include "http/surfaces/description_text.hpp"
#include "http/surfaces/surface.hpp"
#include "http/wire/response.hpp"

#include <string>
#include <string_view>

namespace glyphgate::http {

/// The description of the API: /openapi.json for programs, /docs for people. It is the same for everybody, and open to
/// everybody, as it holds no secret. Who reads it does not need the service.
class description_api : public surface {
public:
  description_api();

  bool serves(std::string_view path) const override;
  bool is_use(std::string_view) const override { return false; }
  std::string_view methods_of(std::string_view) const override;
  std::string_view route_of(std::string_view path) const override;
  access access_to(std::string_view, const request&) const override { return access::everybody; }
  void handle(const exchange_ptr& ex) override;

private:
  /// A document in one of its forms, ready to be sent, and the answer to who has it.
  struct form {
    std::string etag;
    response whole;
    response unchanged;
  };
  struct document {
    form plain;
    form packed;
  };
  static form form_of(const static_document& text, std::string_view body, std::string etag);
  static document document_of(const static_document& text);

  const document json_;
  const document page_;
};

} // namespace glyphgate::http
