// SharedLibrary: a library that is loaded when it is first needed, instead of with the program.
//
// A library that the program links costs every process its relocations and start-up, with all the libraries that it
// links in turn, whether it is used or not. So what only some configurations use, or only the worker, is not linked:
// its user names the functions it needs, and gets pointers. A library that was loaded stays.
//
// Source: dlopen(3).
// Thread rule: a SharedLibrary belongs to one thread; LoadedOnce is for any.
#pragma once

#include <string>

#include "agent/base/mutex.h"
#include "agent/base/status.h"

namespace bekci::base {

class SharedLibrary {
 public:
  // `file`: as the dynamic linker looks for it ("libmariadb.so.3"). `package`: the Debian package that has it, for whom
  // it is missing.
  SharedLibrary(const std::string& file, const std::string& package);

  // Points `function` to the function called `name`; null when it is not there.
  template <typename Function>
  void Bind(const char* name, Function** function) {
    *function = reinterpret_cast<Function*>(Find(name));
  }

  // kUnavailable: the library or a function asked for is not there.
  const Status& status() const { return status_; }

 private:
  void* Find(const char* name);

  const std::string package_;
  void* handle_ = nullptr;
  Status status_;
};

// The functions of a library, loaded by the first Get that succeeds and kept as long as the process. Any thread.
template <typename Functions>
class LoadedOnce {
 public:
  using Load = Status (*)(Functions*);

  explicit LoadedOnce(Load load) : load_(load) {}

  // While it fails (the package is not installed) every call tries again.
  Result<const Functions*> Get() {
    MutexLock lock(mutex_);
    if (!loaded_) RETURN_IF_ERROR(load_(&functions_));
    loaded_ = true;
    return &functions_;
  }

 private:
  const Load load_;
  Mutex mutex_;
  bool loaded_ GUARDED_BY(mutex_) = false;
  Functions functions_;  // not written any more once loaded_
};

}  // namespace bekci::base
