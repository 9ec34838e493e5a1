// Login: where the server is and as whom to speak to it, from the configuration, a password file and a defaults file
// (~/.my.cnf), read anew at each connection so that a changed password is used at once.
//
// What the configuration says wins over the defaults file, which wins over 127.0.0.1:3306.
//
// Thread rule: values.
#pragma once

#include <optional>
#include <string>

#include "agent/base/file_system.h"
#include "agent/config/option.h"
#include "agent/net/dialer.h"

namespace bekci::exporters::mysql {

struct Login {
  net::TargetAddress address;
  std::string user;
  std::string password;
  std::optional<net::ClientTlsOptions> tls;  // none: plain
};

// The rows of the collector's options that speak of the login.
extern const config::Option kTlsOptions[4];

class LoginSource {
 public:
  // `fs` outlives it. Errors: invalid, when the address cannot be one or user and password are named twice.
  static base::Result<LoginSource> Make(const config::Values& options, base::FileSystem& fs);
  // A source of one fixed login: for discovery.
  LoginSource(Login login, base::FileSystem& fs) : fs_(&fs), fixed_(std::move(login)) {}

  // Errors: of reading the files, with their paths; never with what is in them.
  base::Result<Login> Read() const;
  // For messages: the configured address, or "defaults file PATH".
  const std::string& target() const { return target_; }

 private:
  explicit LoginSource(base::FileSystem& fs) : fs_(&fs) {}

  base::FileSystem* fs_;
  std::optional<Login> fixed_;
  std::string target_;
  std::string address_, user_, password_, password_file_, defaults_file_, defaults_group_;
  std::optional<net::ClientTlsOptions> tls_;
};

}  // namespace bekci::exporters::mysql
