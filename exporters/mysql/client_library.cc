#include "exporters/mysql/client_library.h"

#include <csignal>

#include "agent/base/shared_library.h"

namespace bekci::exporters::mysql {
namespace {

base::Status Load(ClientLibrary* functions) {
  base::SharedLibrary library("libmariadb.so.3", "libmariadb3");
#define BEKCI_BIND(name) library.Bind(#name, &functions->name);
  BEKCI_MYSQL_FUNCTIONS(BEKCI_BIND)
#undef BEKCI_BIND
  RETURN_IF_ERROR(library.status());
  std::signal(SIGPIPE, SIG_IGN);  // the library writes to sockets that the server has closed
  if (functions->mysql_server_init(0, nullptr, nullptr) != 0) return base::Unavailable("libmariadb does not start");
  return base::OkStatus();
}

}  // namespace

base::Result<const ClientLibrary*> LoadClientLibrary() {
  static base::LoadedOnce<ClientLibrary> library(&Load);
  return library.Get();
}

}  // namespace bekci::exporters::mysql
