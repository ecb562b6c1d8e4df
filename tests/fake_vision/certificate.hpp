#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace glyphgate::fake {

struct free_openssl {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* session) const { SSL_free(session); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};

template <class T>
using openssl_ptr = std::unique_ptr<T, free_openssl>;

/// A new RSA key of 2048 bits.
openssl_ptr<EVP_PKEY> make_rsa_key();

/// The key in PEM, as PKCS #8.
std::string private_key_pem(EVP_PKEY* key);

/// A certificate of this machine's loopback names, signed by itself: to trust it is to trust its server.
struct server_certificate {
  server_certificate();

  openssl_ptr<EVP_PKEY> key;
  openssl_ptr<X509> certificate;

  std::string pem() const;
  /// A server's context with it.
  openssl_ptr<SSL_CTX> make_context() const;
};

} // namespace glyphgate::fake
