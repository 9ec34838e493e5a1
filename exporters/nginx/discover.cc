// The main file with what it includes says where stub_status is; where the main file cannot be read, the files that
// usual layouts include are looked at one by one. Then the pages are asked whether they are there.
#include "exporters/nginx/discover.h"

#include <algorithm>
#include <memory>

#include "agent/base/path_pattern.h"
#include "agent/net/http_client.h"
#include "exporters/nginx/configuration.h"
#include "exporters/nginx/status_url.h"
#include "exporters/nginx/stub_status.h"

namespace bekci::exporters::nginx {
namespace {

constexpr const char* kMainFiles[] = {"/etc/nginx/nginx.conf", "/usr/local/nginx/conf/nginx.conf",
                                      "/usr/local/openresty/nginx/conf/nginx.conf"};
constexpr const char* kUsualFiles[] = {"/etc/nginx/conf.d/*.conf", "/etc/nginx/sites-enabled/*"};
constexpr size_t kMaxFound = 20;
constexpr size_t kMaxPageBytes = 64 << 10;

// The files to begin at: the first main file there is, else what stands where main files look.
std::vector<std::string> ConfigurationFiles(base::FileSystem& fs) {
  for (const char* path : kMainFiles) {
    if (fs.OpenRead(path).ok()) return {path};
  }
  std::vector<std::string> files;
  for (const char* pattern : kUsualFiles) {
    for (std::string& path : base::MatchPaths(fs, pattern, kMaxConfigurationFiles)) files.push_back(std::move(path));
  }
  return files;
}

base::Status Try(const StatusUrl& url, const base::Clock& clock, base::MonotonicTime deadline) {
  std::unique_ptr<net::ClientTlsOptions> tls;
  if (url.tls) {
    tls = std::make_unique<net::ClientTlsOptions>();
    tls->insecure_skip_verify = true;  // only whether it is there; the configuration written will verify
  }
  net::HttpClient http(url.address, std::move(tls), url.host, clock);
  ASSIGN_OR_RETURN(const net::HttpAnswer answer, http.Get(url.path, kMaxPageBytes, deadline));
  if (answer.status == 403) return base::Denied("status 403");
  if (answer.status != 200) return base::Unavailable("status " + std::to_string(answer.status));
  return ParseStubStatus(answer.body).status();
}

collect::Found NoLocation() {
  collect::Found found;
  found.instance = "local";
  found.what = "nginx without a stub_status location";
  found.problem = "no server block in /etc/nginx has `stub_status`";
  found.fix =
      "write to /etc/nginx/conf.d/bekci.conf, then `nginx -t && systemctl reload nginx`:\n"
      "server {\n"
      "  listen 127.0.0.1:8080;\n"
      "  location = /stub_status { stub_status; access_log off; allow 127.0.0.1; deny all; }\n"
      "}";
  found.options = {{"url", "http://127.0.0.1:8080/stub_status"}};
  return found;
}

collect::Found Describe(const std::string& url, const base::Status& tried) {
  collect::Found found;
  found.instance = "local";
  found.what = "nginx, stub_status at " + url;
  found.options = {{"url", url}};
  if (tried.ok()) return found;
  found.problem = tried.message();
  found.fix = tried.code() == base::Code::kDenied
                  ? "add `allow 127.0.0.1;` before `deny all;` in the location with stub_status"
                  : "see that nginx runs with this configuration: nginx -t && systemctl reload nginx";
  return found;
}

}  // namespace

std::vector<collect::Found> Discover(const collect::Environment& environment, base::MonotonicTime deadline) {
  std::vector<collect::Found> found;
  const std::vector<std::string> files = ConfigurationFiles(*environment.fs);
  if (files.empty()) return found;
  for (const std::string& file : files) {
    for (const std::string& url : StubStatusUrlsOfFile(*environment.fs, file)) {
      const auto parsed = ParseStatusUrl(url);
      if (!parsed.ok() || found.size() == kMaxFound) continue;
      const base::MonotonicTime now = environment.clock->Monotonic();
      const auto until = std::min(deadline, now + std::max((deadline - now) / 4, base::Duration(base::seconds(1))));
      found.push_back(Describe(url, Try(*parsed, *environment.clock, until)));
    }
  }
  // One that answers is enough: further listens of its server say the same.
  const auto good = std::find_if(found.begin(), found.end(), [](const auto& one) { return one.problem.empty(); });
  if (good != found.end()) return {*good};
  if (found.empty()) return {NoLocation()};
  found.resize(1);
  return found;
}

}  // namespace bekci::exporters::nginx
