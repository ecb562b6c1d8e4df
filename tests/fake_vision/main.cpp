#include "fake_vision/fake_vision.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <variant>

namespace {

using namespace glyphgate::fake;

void write_file(const std::filesystem::path& path, const std::string& text) {
  if (path.empty())
    return;
  std::ofstream file{path, std::ios::binary | std::ios::trunc};
  file << text;
  if (!file.flush())
    throw std::runtime_error{path.string() + " cannot be written"};
}

std::vector<fault> read_faults(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  const std::string json{std::istreambuf_iterator<char>{file}, {}};
  auto parsed = parse_faults(json);
  if (const auto* wrong = std::get_if<std::string>(&parsed))
    throw std::runtime_error{path.string() + ": " + *wrong};
  return std::get<std::vector<fault>>(std::move(parsed));
}

} // namespace

int main(int argc, char** argv) {
  fake_vision_config config;
  std::filesystem::path credentials, certificate, faults;
  bool ocr = false, blank = false;
  long long token_lifetime = config.token_lifetime.count();
  CLI::App app{"A stand-in for Google Cloud Vision, for tests and demonstrations: HTTP and HTTPS on one port."};
  app.add_option("--host", config.host, "IPv4 address to listen on")->capture_default_str();
  app.add_option("--port", config.port, "port to listen on; 0 takes a free one")->capture_default_str();
  app.add_flag("--ocr", ocr, "read pictures with Tesseract");
  app.add_option("--languages", config.languages, "Tesseract's languages, joined with +")->capture_default_str();
  app.add_flag("--blank", blank, "find no text in any picture")->excludes("--ocr");
  app.add_option("--log", config.log, "append a JSON line for every request to this file");
  app.add_option("--write-credentials", credentials, "write a service account's JSON to this file");
  app.add_option("--write-ca", certificate, "write the certificate to trust to this file (PEM)");
  app.add_option("--faults", faults, "read a JSON list of faults from this file")->check(CLI::ExistingFile);
  app.add_option("--api-key", config.api_key, "the API key that is let in")->capture_default_str();
  app.add_option("--token-lifetime", token_lifetime, "seconds until a token ends")->capture_default_str();
  app.add_option("--max-request-bytes", config.max_request_bytes, "limit of a request")->capture_default_str();
  app.add_option("--max-image-bytes", config.max_image_bytes, "limit of a picture's file")->capture_default_str();
  app.add_option("--max-pixels", config.max_pixels, "limit of a picture's pixels")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (ocr)
    // Tesseract reads this before main: start anew, or it is several times slower.
    if (const char* limit = std::getenv("OMP_THREAD_LIMIT"); limit == nullptr || std::string{limit} != "1") {
      setenv("OMP_THREAD_LIMIT", "1", 1);
      execv("/proc/self/exe", argv);
    }

  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGINT);
  sigaddset(&stops, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stops, nullptr);
  try {
    config.how = ocr ? reading::ocr : blank ? reading::blank : reading::bands;
    config.token_lifetime = std::chrono::seconds{token_lifetime};
    if (!faults.empty())
      config.faults = read_faults(faults);
    const fake_vision server{config};
    write_file(credentials, server.credentials_json());
    write_file(certificate, server.certificate());
    std::cout << "fake_vision listens on " << server.url() << std::endl;
    int signal = 0;
    sigwait(&stops, &signal);
  } catch (const std::exception& e) {
    std::cerr << "fake_vision: " << e.what() << '\n';
    return 1;
  }
}
