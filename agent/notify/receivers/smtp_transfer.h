// SmtpTransfer: one mail to one server, over a connection of its own.
//
// One handle, one transfer, one connection: a kept connection could be one that was opened without TLS. Where TLS is
// demanded and the server does not offer it, nothing is sent. A recipient that is refused does not lose the others.
// What the server answered is followed line by line, because what became of a mail is in these answers and not in
// libcurl's one code; nothing of what we say (passwords are in it) is kept.
//
// Source: RFC 5321, RFC 3207, RFC 4954; receivers.md section 9. Thread rule: any thread, several at once.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/net/dialer.h"

namespace bekci::notify::receivers {

enum class SmtpTls : unsigned char {
  kNone,      // never
  kStartTls,  // demanded after the greeting
  kImplicit,  // from the first byte
};

struct SmtpServer {
  std::string host;
  uint16_t port = 25;
  std::string hello;  // what we call ourselves
  SmtpTls tls = SmtpTls::kStartTls;
  net::ClientTlsOptions tls_options;
  std::string ca_pem, cert_pem, key_pem;  // instead of the files
};

// How to log in. Empty user: not at all.
struct SmtpLogin {
  std::string username;
  std::string password;
  std::string identity;
  bool cram_md5 = false;  // with the password as its secret; else PLAIN or LOGIN
};

struct SmtpMail {
  std::string from;
  std::vector<std::string> to;
  std::string data;  // with CR LF
};

struct SmtpResult {
  bool accepted = false;                             // the server took the mail
  bool data_sent = false;                            // all of it left us
  bool logging_in = false;                           // AUTH was begun
  int code = 0;                                      // of the last answer; 0: there was none
  std::string answer;                                // its text, on one line
  std::vector<std::pair<std::string, int>> refused;  // recipients, with the code
  int failure = 0;                                   // libcurl's, 0 when it has none
  std::string words;                                 // libcurl's for it
  bool timed_out = false;
  bool no_tls = false;  // the server has none to offer
  bool denied = false;  // the login was refused, or the server knows no way to log in that we do
};

// Errors: unavailable (no libcurl). Whatever the server does is a result. Ends at `deadline`, a second late at most.
base::Result<SmtpResult> SendBySmtp(const SmtpServer& server, const SmtpLogin& login, const SmtpMail& mail,
                                    base::MonotonicTime deadline, const base::Clock& clock);

}  // namespace bekci::notify::receivers
