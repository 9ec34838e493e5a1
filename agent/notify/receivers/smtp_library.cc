#include "agent/notify/receivers/smtp_library.h"

#include <csignal>

#include "agent/base/shared_library.h"

namespace bekci::notify::receivers {
namespace {

base::Status Load(SmtpLibrary* functions) {
  base::SharedLibrary library("libcurl.so.4", "libcurl4");
#define BEKCI_BIND(name) library.Bind(#name, &(functions->name));
  BEKCI_CURL_FUNCTIONS(BEKCI_BIND)
#undef BEKCI_BIND
  RETURN_IF_ERROR(library.status());
  std::signal(SIGPIPE, SIG_IGN);  // the library writes to sockets that the server has closed
  if ((functions->curl_global_init)(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    return base::Unavailable("libcurl does not start");
  return base::OkStatus();
}

}  // namespace

base::Result<const SmtpLibrary*> LoadSmtpLibrary() {
  static base::LoadedOnce<SmtpLibrary> library(&Load);
  return library.Get();
}

}  // namespace bekci::notify::receivers
