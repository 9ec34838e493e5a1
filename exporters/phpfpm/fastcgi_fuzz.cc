// Fuzz target of everything FPM can send: records, the CGI answer, the status page, the script's JSON; and of its
// files.
//
// Beside "does not crash" it holds the promise that the pieces in which records arrive never matter.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "exporters/phpfpm/fastcgi.h"
#include "exporters/phpfpm/php_cache.h"
#include "exporters/phpfpm/pool_files.h"
#include "exporters/phpfpm/status_page.h"

namespace {

using namespace bekci::exporters::phpfpm;

constexpr size_t kCap = 4096;

int Read(std::string_view input, size_t piece, FastCgiReader* reader) {
  while (!input.empty()) {
    const auto state = reader->Feed(input.substr(0, piece));
    if (!state.ok()) return -1;
    if (*state == FastCgiReader::State::kDone) return 1;
    input.remove_prefix(std::min(piece, input.size()));
  }
  return 0;
}

void ReadPages(std::string_view text) {
  PoolStatus status;
  (void)ParseStatusPage(text, &status);
  if (status.workers.size() > kMaxWorkers) std::abort();
  PhpCache cache;
  (void)cache.Parse(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  FastCgiReader whole(kCap);
  FastCgiReader pieces(kCap);
  const int state = Read(input, input.size() + 1, &whole);
  if (state != Read(input, 3, &pieces) || whole.output() != pieces.output()) std::abort();
  if (whole.output().size() > kCap || whole.error_output().size() > FastCgiReader::kMaxErrorBytes) std::abort();
  if (const auto answer = ParseCgiAnswer(state == 1 ? std::string_view(whole.output()) : input); answer.ok()) {
    ReadPages(answer->body);
  }
  ReadPages(input);
  std::vector<std::string> problems;
  (void)ParsePoolFile(input, "/x", &problems);
  return 0;
}
