#include "core/secret.hpp"

#include <openssl/crypto.h>

namespace glyphgate {

secret::~secret() {
  if (!text_.empty())
    OPENSSL_cleanse(text_.data(), text_.size());
}

} // namespace glyphgate
