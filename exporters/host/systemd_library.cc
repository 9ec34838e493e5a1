#include "exporters/host/systemd_library.h"

#include "agent/base/shared_library.h"

namespace bekci::exporters::host {
namespace {

base::Status Load(SystemdLibrary* functions) {
  base::SharedLibrary library("libsystemd.so.0", "libsystemd0");
#define BEKCI_BIND(name) library.Bind(#name, &functions->name);
  BEKCI_SYSTEMD_FUNCTIONS(BEKCI_BIND)
#undef BEKCI_BIND
  return library.status();
}

}  // namespace

base::Result<const SystemdLibrary*> LoadSystemdLibrary() {
  static base::LoadedOnce<SystemdLibrary> library(&Load);
  return library.Get();
}

}  // namespace bekci::exporters::host
