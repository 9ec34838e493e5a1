// Mail addresses as people write them: `ops@example.test, "Duty, night" <night@example.test>`.
//
// Source: RFC 5322 section 3.4, without comments, groups and folding, which nobody writes in a configuration. Addresses
// that could end a command of SMTP or begin another are refused. Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"

namespace bekci::notify::receivers {

struct MailAddress {
  std::string name;     // may be empty
  std::string address;  // local@domain
};

inline constexpr size_t kMaxRecipients = 100;

// Errors: invalid, naming what is no address; limit, beyond kMaxRecipients.
base::Result<std::vector<MailAddress>> ParseMailAddresses(std::string_view text);
// The list as the value of a header: names encoded where they have to be, a line per address.
std::string MailAddressesText(const std::vector<MailAddress>& list);

}  // namespace bekci::notify::receivers
