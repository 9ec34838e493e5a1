// SystemdLibrary: libsystemd (sd-bus), loaded when systemd is first asked. The core never asks, nor does a worker on a
// host without systemd.
//
// Thread rule: LoadSystemdLibrary any thread; what it gives may be called as libsystemd allows.
#pragma once

#include <systemd/sd-bus.h>

#include "agent/base/status.h"

// The functions used, each as the library calls it.
#define BEKCI_SYSTEMD_FUNCTIONS(F)  \
  F(sd_bus_call)                    \
  F(sd_bus_close_unref)             \
  F(sd_bus_error_free)              \
  F(sd_bus_error_has_name)          \
  F(sd_bus_is_open)                 \
  F(sd_bus_message_append)          \
  F(sd_bus_message_enter_container) \
  F(sd_bus_message_new_method_call) \
  F(sd_bus_message_peek_type)       \
  F(sd_bus_message_read)            \
  F(sd_bus_message_read_basic)      \
  F(sd_bus_message_unref)           \
  F(sd_bus_new)                     \
  F(sd_bus_set_address)             \
  F(sd_bus_set_bus_client)          \
  F(sd_bus_start)

namespace bekci::exporters::host {

struct SystemdLibrary {
#define BEKCI_MEMBER(name) decltype(&::name) name = nullptr;
  BEKCI_SYSTEMD_FUNCTIONS(BEKCI_MEMBER)
#undef BEKCI_MEMBER
};

// Kept as long as the process; while it fails (the package is not installed) every call tries again.
base::Result<const SystemdLibrary*> LoadSystemdLibrary();

}  // namespace bekci::exporters::host
