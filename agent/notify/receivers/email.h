// Email: a group of alerts as one mail to one list of recipients.
//
// TLS is demanded unless the configuration says otherwise, and passwords never go without it but to this host itself.
// Every attempt at a message has the same Message-Id, so a mailbox can tell a repetition. With `threading` all mails of
// a group refer to one root that nobody ever sent, which mail programs show as one conversation.
//
// Source: receivers.md section 9; alertmanager-semantics.md sections 1.5 and 13.3. Thread rule: as Integration.
#pragma once

#include <memory>

#include "agent/notify/receivers/integration.h"
#include "agent/notify/receivers/parts.h"
#include "agent/notify/receivers/smtp_transfer.h"
#include "agent/notify/routing/alertmanager_config.h"

namespace bekci::notify::receivers {

// Errors: invalid, for what can never work. `parts` outlives it.
base::Result<std::unique_ptr<Integration>> MakeEmail(const routing::IntegrationConfig& config, const Parts& parts);

// What became of a mail.
Delivery JudgeMail(const SmtpResult& result);

}  // namespace bekci::notify::receivers
