#include "agent/web/notify/signed_link.h"

#include <utility>

namespace bekci::web::notify {

LinkVerdict VerifySignedLink(const escalation::AckLinks& links, std::span<const std::string> contacts,
                             std::string_view id, const LinkQuery& query, base::Timestamp now) {
  escalation::LinkText text{.incident = id, .action = {}, .level = {}, .expiry = {}, .key = {}, .signature = {}};
  const std::pair<std::string_view, std::string_view*> fields[] = {
      {"a", &text.action}, {"l", &text.level}, {"x", &text.expiry}, {"k", &text.key}, {"s", &text.signature}};
  LinkVerdict verdict;
  for (const auto& [name, field] : fields) {
    for (const auto& [key, value] : query) {
      if (key != name) continue;
      if (!field->empty()) return verdict;
      *field = value;
    }
  }
  auto verified = links.Verify(text, contacts, now);
  if (!verified.ok()) {
    if (verified.status().code() == base::Code::kTimeout) verdict.kind = LinkVerdict::Kind::kExpired;
    return verdict;
  }
  return {LinkVerdict::Kind::kGood, std::move(verified->action), std::move(verified->level),
          std::move(verified->contact), verified->expires_at};
}

}  // namespace bekci::web::notify
