// SignedLink: the query of a request read as one of the links that notify/escalation/ack_links makes.
//
// Thread rule: a pure function.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/notify/escalation/ack_links.h"
#include "agent/web/notify/ack_pages.h"

namespace bekci::web::notify {

// `contacts`: those for whom links to this incident were made ("" among them, if there were some for nobody in
// particular). A parameter that is there twice makes the link none of ours, so that nobody can be shown one thing and
// act on another.
LinkVerdict VerifySignedLink(const escalation::AckLinks& links, std::span<const std::string> contacts,
                             std::string_view id, const LinkQuery& query, base::Timestamp now);

}  // namespace bekci::web::notify
