#include "exporters/nginx/configuration.h"

#include <algorithm>
#include <utility>

#include "agent/base/path_pattern.h"
#include "agent/base/text.h"

namespace bekci::exporters::nginx {
namespace {

constexpr size_t kMaxFileBytes = 1 << 20;
constexpr size_t kMaxUrls = 1000;

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
  // `fs` null: includes are passed over. They are relative to `directory`.
  Walker(base::FileSystem* fs, std::string directory) : fs_(fs), directory_(std::move(directory)) {}

  void Walk(std::string_view text, size_t depth);
  void WalkFile(const std::string& path, size_t depth);
  std::vector<std::string> TakeUrls() { return std::move(urls_); }

 private:
  // A directive with its words, ended by ';'.
  void OnDirective(const std::vector<std::string>& words, size_t depth) {
    if (words.empty()) return;
    if (words[0] == "include" && words.size() == 2) Include(words[1], depth);
    if (servers_.empty()) return;
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
        for (const Listen& listen : server.listens) {
          if (urls_.size() < kMaxUrls) urls_.push_back(Url(listen, path));
        }
      }
    }
    blocks_.pop_back();
  }
  void Include(const std::string& pattern, size_t depth);

  base::FileSystem* const fs_;
  const std::string directory_;
  size_t files_ = 0;
  std::vector<std::string> urls_;
  std::vector<std::vector<std::string>> blocks_;
  std::vector<Server> servers_;
};

void Walker::Walk(std::string_view text, size_t depth) {
  std::vector<std::string> directive;
  for (std::string& word : Words(text)) {
    if (word == ";") {
      OnDirective(directive, depth);
    } else if (word == "{") {
      OnOpen(std::move(directive));
    } else if (word == "}") {
      OnClose();
    } else {
      directive.push_back(std::move(word));
      continue;
    }
    directive.clear();
  }
}

// A file that includes itself ends at one of the two bounds.
void Walker::WalkFile(const std::string& path, size_t depth) {
  if (files_ >= kMaxConfigurationFiles || depth > kMaxIncludeDepth) return;
  ++files_;
  const auto text = fs_->ReadFile(path, kMaxFileBytes);
  if (text.ok()) Walk(*text, depth);
}

void Walker::Include(const std::string& pattern, size_t depth) {
  if (fs_ == nullptr) return;
  const std::string whole = pattern.starts_with('/') ? pattern : directory_ + "/" + pattern;
  for (const std::string& path : base::MatchPaths(*fs_, whole, kMaxConfigurationFiles)) WalkFile(path, depth + 1);
}

}  // namespace

std::vector<std::string> StubStatusUrls(std::string_view text) {
  Walker walker(nullptr, "");
  walker.Walk(text, 0);
  return walker.TakeUrls();
}

std::vector<std::string> StubStatusUrlsOfFile(base::FileSystem& fs, const std::string& path) {
  Walker walker(&fs, path.substr(0, path.rfind('/')));
  walker.WalkFile(path, 0);
  return walker.TakeUrls();
}

}  // namespace bekci::exporters::nginx
