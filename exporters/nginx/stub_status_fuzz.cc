// Fuzz target of the stub_status page, of URLs, and of nginx's configuration as discovery reads it.
#include <cstdint>
#include <string_view>

#include "exporters/nginx/configuration.h"
#include "exporters/nginx/status_url.h"
#include "exporters/nginx/stub_status.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  (void)bekci::exporters::nginx::ParseStubStatus(input);
  (void)bekci::exporters::nginx::StubStatusUrls(input);
  (void)bekci::exporters::nginx::ParseStatusUrl(input);
  return 0;
}
