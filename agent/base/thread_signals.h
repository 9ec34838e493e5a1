// SignalsBlocked: while it lives, threads that are started are left alone by signals: those are main's business.
//
// All but the signals that tell a thread of what it did itself. Blocked, they would end the process instead of reaching
// their handler: page_faults.h lives by one. Thread rule: the thread that made it.
#pragma once

#include <csignal>

namespace bekci::base {

class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t signals;
    sigfillset(&signals);
    for (const int own : {SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) sigdelset(&signals, own);
    pthread_sigmask(SIG_BLOCK, &signals, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace bekci::base
