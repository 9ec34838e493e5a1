#include "agent/base/shared_library.h"

#include <dlfcn.h>

namespace bekci::base {
namespace {

std::string LinkerError() {
  const char* const text = dlerror();
  return text == nullptr ? "unknown error of the dynamic linker" : text;
}

}  // namespace

SharedLibrary::SharedLibrary(const std::string& file, const std::string& package) : package_(package) {
  // All symbols now: one that is missing must not end the process in the middle of a call.
  handle_ = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle_ == nullptr) {
    status_ = Unavailable("cannot load " + file + ", is the package " + package + " installed? " + LinkerError());
  }
}

void* SharedLibrary::Find(const char* name) {
  if (handle_ == nullptr) return nullptr;
  void* const found = dlsym(handle_, name);
  if (found == nullptr && status_.ok()) {
    status_ = Unavailable("the installed version of the package " + package_ + " is too old: " + LinkerError());
  }
  return found;
}

}  // namespace bekci::base
