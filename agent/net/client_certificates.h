// The certificates of a TLS client: whom it trusts, and its own with the key, from files or from texts in a
// configuration.
//
// Thread rule: a function without state; the context is the caller's.
#pragma once

#include "agent/base/status.h"
#include "agent/net/dialer.h"

struct ssl_ctx_st;

namespace bekci::net {

// Gives `context` what `options` name, and has it verify the other side unless they say otherwise. Errors: invalid,
// naming the file or the option and what OpenSSL says of it, never what stands in it.
base::Status UseCertificates(const ClientTlsOptions& options, ssl_ctx_st* context);

}  // namespace bekci::net
