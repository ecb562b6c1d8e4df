// A RESTinio server and nothing else: answers every request with the bytes of one file, from memory. What a poll costs
// is measured against it. It takes a free port of 127.0.0.1: listening_port.py finds it.

#include <restinio/all.hpp>

#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: bare_server FILE\n";
    return 2;
  }
  std::ifstream file{argv[1], std::ios::binary};
  const auto body =
      std::make_shared<const std::string>(std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{});
  using traits = restinio::default_single_thread_traits_t;
  restinio::run(restinio::on_this_thread<traits>()
                    .address("127.0.0.1")
                    .port(0)
                    .request_handler([body](const restinio::request_handle_t& request) {
                      return request->create_response()
                          .append_header(restinio::http_field::content_type, "application/json")
                          .set_body(body)
                          .done();
                    }));
  return 0;
}
