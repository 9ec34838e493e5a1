#include "exporters/host/real_path.h"

#include <utility>

#include "agent/base/text.h"

namespace bekci::exporters::host {
namespace {

constexpr int kMaxLinks = 40;  // as the kernel's MAXSYMLINKS

// Takes the first component off `rest`.
std::string TakeComponent(std::string* rest) {
  const size_t slash = rest->find('/');
  std::string component = rest->substr(0, slash);
  rest->erase(0, slash == std::string::npos ? slash : slash + 1);
  return component;
}

void GoUp(std::string* path) {
  path->erase(path->rfind('/') == std::string::npos ? 0 : path->rfind('/'));
}

}  // namespace

base::Result<std::string> RealPath(base::FileSystem& fs, const std::string& path) {
  std::string done;         // resolved so far, without a slash at its end
  std::string rest = path;  // still to walk
  int links = 0;
  while (!rest.empty()) {
    const std::string component = TakeComponent(&rest);
    if (component.empty() || component == ".") continue;
    if (component == "..") {
      GoUp(&done);
      continue;
    }
    const std::string next = done + "/" + component;
    const auto target = fs.ReadLink(next);
    if (!target.ok()) {  // no link
      done = next;
      continue;
    }
    if (++links > kMaxLinks) return base::LimitReached(path + ": too many symbolic links");
    if (target->starts_with('/')) done.clear();
    rest = *target + "/" + rest;
  }
  if (done.empty()) done.push_back('/');  // assigning a literal trips a false -Wrestrict of g++ 12
  ASSIGN_OR_RETURN(const base::FileInfo info, fs.Stat(done));
  static_cast<void>(info);
  return done;
}

}  // namespace bekci::exporters::host
