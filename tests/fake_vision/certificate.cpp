#include "fake_vision/certificate.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace glyphgate::fake {

namespace {

constexpr long lifetime_seconds = 30L * 24 * 3600;

template <class T>
T* checked(T* made) {
  if (made == nullptr)
    throw std::runtime_error{"OpenSSL failed"};
  return made;
}

std::string contents(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

void extend(X509* certificate, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  auto* extension = checked(X509V3_EXT_conf_nid(nullptr, &context, kind, value));
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

} // namespace

openssl_ptr<EVP_PKEY> make_rsa_key() {
  return openssl_ptr<EVP_PKEY>{checked(EVP_RSA_gen(2048))};
}

std::string private_key_pem(EVP_PKEY* key) {
  const openssl_ptr<BIO> bio{checked(BIO_new(BIO_s_mem()))};
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return contents(bio.get());
}

server_certificate::server_certificate() : key{checked(EVP_EC_gen("P-256"))}, certificate{checked(X509_new())} {
  auto* x = certificate.get();
  X509_set_version(x, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
  X509_gmtime_adj(X509_getm_notBefore(x), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x), lifetime_seconds);
  X509_set_pubkey(x, key.get());
  auto* name = X509_get_subject_name(x);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("fake_vision"), -1, -1,
                             0);
  X509_set_issuer_name(x, name);
  extend(x, NID_basic_constraints, "critical,CA:TRUE");
  extend(x, NID_subject_key_identifier, "hash");
  extend(x, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
  X509_sign(x, key.get(), EVP_sha256());
}

std::string server_certificate::pem() const {
  const openssl_ptr<BIO> bio{checked(BIO_new(BIO_s_mem()))};
  PEM_write_bio_X509(bio.get(), certificate.get());
  return contents(bio.get());
}

openssl_ptr<SSL_CTX> server_certificate::make_context() const {
  openssl_ptr<SSL_CTX> context{checked(SSL_CTX_new(TLS_server_method()))};
  if (SSL_CTX_use_certificate(context.get(), certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1)
    throw std::runtime_error{"OpenSSL does not take the certificate"};
  return context;
}

} // namespace glyphgate::fake
