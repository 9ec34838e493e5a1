// nginx's configuration is words, ';' and braces. A walk through the words keeps the blocks it is in; `stub_status` in
// a location of a server gives a URL per `listen` of that server. Includes need no following: the files of Debian's,
// Red Hat's and the official images' layouts are all looked at.
#include "exporters/nginx/discover.h"

#include <fnmatch.h>

#include <algorithm>
#include <memory>

#include "agent/base/text.h"
#include "agent/net/http_get.h"
#include "exporters/nginx/status_url.h"
#include "exporters/nginx/stub_status.h"

namespace bekci::exporters::nginx {
namespace {

constexpr std::string_view kDirectories[] = {"/etc/nginx", "/etc/nginx/conf.d", "/etc/nginx/sites-enabled"};
constexpr size_t kMaxFileBytes = 1 << 20;
constexpr size_t kMaxFiles = 200;
constexpr size_t kMaxFound = 20;
constexpr size_t kMaxPageBytes = 64 << 10;

// Words, quoted or not; the marks ; { } are words of their own. Comments are passed over.
std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '#') {
      i = std::min(text.find('\n', i), text.size());
    } else if (c == ';' || c == '{' || c == '}') {
      words.emplace_back(1, c);
      ++i;
    } else if (c == '"' || c == '\'') {
      const size_t end = std::min(text.find(c, i + 1), text.size());
      words.emplace_back(text.substr(i + 1, end - i - 1));
      i = end + 1;
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++i;
    } else {
      const size_t end = std::min(text.find_first_of(" \t\r\n;{}", i), text.size());
      words.emplace_back(text.substr(i, end - i));
      i = end;
    }
  }
  return words;
}

struct Listen {
  std::string address;
  bool tls = false;
};

std::string Url(const Listen& listen, const std::string& path) {
  if (listen.address.starts_with("unix:")) return listen.address + ":" + path;
  std::string address = listen.address;
  if (base::ParseUint(address)) address = "127.0.0.1:" + address;
  if (address.starts_with("*:")) address = "127.0.0.1" + address.substr(1);
  if (address.starts_with("0.0.0.0")) address = "127.0.0.1" + address.substr(7);
  if (address.starts_with("[::]")) address = "[::1]" + address.substr(4);
  return (listen.tls ? "https://" : "http://") + address + path;
}

struct Server {
  std::vector<Listen> listens;
  std::vector<std::string> paths;  // of its stub_status locations
};

class Walker {
 public:
  std::vector<std::string> urls;

  // A directive with its words, ended by ';'.
  void OnDirective(const std::vector<std::string>& words) {
    if (words.empty() || servers_.empty()) return;
    Server& server = servers_.back();
    if (words[0] == "listen" && words.size() > 1) {
      server.listens.push_back({words[1], std::find(words.begin(), words.end(), "ssl") != words.end()});
    }
    if (words[0] != "stub_status") return;
    std::string path = "/";
    for (const auto& block : blocks_) {
      if (block.size() > 1 && block[0] == "location") path = block.back();
    }
    // A location by regular expression says nothing of a path that surely matches.
    if (path.front() == '/') server.paths.push_back(path);
  }
  void OnOpen(std::vector<std::string> words) {
    if (!words.empty() && words[0] == "server") servers_.emplace_back();
    blocks_.push_back(std::move(words));
  }
  void OnClose() {
    if (blocks_.empty()) return;
    if (!blocks_.back().empty() && blocks_.back()[0] == "server") {
      Server server = std::move(servers_.back());
      servers_.pop_back();
      if (server.listens.empty()) server.listens.push_back({"80", false});
      for (const std::string& path : server.paths) {
        for (const Listen& listen : server.listens) urls.push_back(Url(listen, path));
      }
    }
    blocks_.pop_back();
  }

 private:
  std::vector<std::vector<std::string>> blocks_;
  std::vector<Server> servers_;
};

std::vector<std::string> ConfigurationFiles(base::FileSystem& fs) {
  std::vector<std::string> files;
  for (const std::string_view directory : kDirectories) {
    const auto names = fs.ListDirectory(std::string(directory));
    if (!names.ok()) continue;
    const bool every = directory.ends_with("-enabled");
    for (const std::string& name : *names) {
      const bool wanted =
          directory == "/etc/nginx" ? name == "nginx.conf" : every || fnmatch("*.conf", name.c_str(), FNM_PERIOD) == 0;
      if (wanted && files.size() < kMaxFiles) files.push_back(std::string(directory) + "/" + name);
    }
  }
  return files;
}

base::Status Try(const StatusUrl& url, const base::Clock& clock, base::MonotonicTime deadline) {
  std::unique_ptr<net::ClientTlsOptions> tls;
  if (url.tls) {
    tls = std::make_unique<net::ClientTlsOptions>();
    tls->insecure_skip_verify = true;  // only whether it is there; the configuration written will verify
  }
  net::HttpGet http(url.address, std::move(tls), url.host, clock);
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

std::vector<std::string> StubStatusUrls(std::string_view text) {
  Walker walker;
  std::vector<std::string> directive;
  for (std::string& word : Words(text)) {
    if (word == ";") {
      walker.OnDirective(directive);
    } else if (word == "{") {
      walker.OnOpen(std::move(directive));
    } else if (word == "}") {
      walker.OnClose();
    } else {
      directive.push_back(std::move(word));
      continue;
    }
    directive.clear();
  }
  return std::move(walker.urls);
}

std::vector<collect::Found> Discover(const collect::Environment& environment, base::MonotonicTime deadline) {
  std::vector<collect::Found> found;
  const std::vector<std::string> files = ConfigurationFiles(*environment.fs);
  if (files.empty()) return found;
  for (const std::string& file : files) {
    const auto text = environment.fs->ReadFile(file, kMaxFileBytes);
    if (!text.ok()) continue;
    for (const std::string& url : StubStatusUrls(*text)) {
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
