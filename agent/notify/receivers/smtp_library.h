// SmtpLibrary: the few functions of libcurl that send mail, loaded when the first mail goes out.
//
// A process that sends none does not map libcurl and what it links. Source: base/shared_library.h. Thread rule: any.
#pragma once

// The checks of curl_easy_setopt's arguments are macros around a function of that name; here it is a pointer.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "agent/base/status.h"

namespace bekci::notify::receivers {

#define BEKCI_CURL_FUNCTIONS(X) \
  X(curl_global_init)           \
  X(curl_easy_init)             \
  X(curl_easy_setopt)           \
  X(curl_easy_perform)          \
  X(curl_easy_cleanup)          \
  X(curl_easy_strerror)         \
  X(curl_slist_append)          \
  X(curl_slist_free_all)

template <auto function>
using FunctionPointer = decltype(function);

struct SmtpLibrary {
#define BEKCI_DECLARE(name) FunctionPointer<& ::name> name = nullptr;
  BEKCI_CURL_FUNCTIONS(BEKCI_DECLARE)
#undef BEKCI_DECLARE
};

// Errors: unavailable, naming the package.
base::Result<const SmtpLibrary*> LoadSmtpLibrary();

}  // namespace bekci::notify::receivers
