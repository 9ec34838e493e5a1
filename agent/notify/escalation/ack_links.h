// AckLinks: links that a person who was told can follow without a password, signed so that nobody can make one up.
//
//     <base>/e/<incident>?a=ack&l=L2&x=1767225600&k=k1&s=<signature>
//
// s is base64url of HMAC-SHA256 over version, incident, action, level, expiry and contact, each with its length before
// it. The contact, whom the message was for, is not in the link, so it cannot be changed and nothing is given away:
// whoever verifies knows who was told at that level and tries them. A link allows its one action, until it expires. GET
// on it must only show a page, since mail scanners follow links; POST acts.
//
// Keys stand in a file, a line each: `<id> <64 hexadecimal digits>`. The first signs, all verify: to rotate, put a new
// line in front, and remove the old one when its links have expired.
//
// Source: RFC 2104, RFC 4648 section 5. Thread rule: immutable once loaded; shared.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/random.h"
#include "agent/base/status.h"

namespace bekci::notify::escalation {

struct AckKey {
  std::string id;
  std::string secret;  // 32 bytes
};

// What the query of a link says, as it came in: nothing in it is trusted.
struct LinkText {
  std::string_view incident;
  std::string_view action;     // a
  std::string_view level;      // l
  std::string_view expiry;     // x
  std::string_view key;        // k
  std::string_view signature;  // s
};

struct VerifiedLink {
  std::string incident;
  std::string action;
  std::string level;
  std::string contact;  // the one of the candidates that it was made for
  base::Timestamp expires_at;
};

class AckLinks {
 public:
  // From the text of a key file. Errors: invalid, "ack.key:2: ...", never showing a key.
  static base::Result<AckLinks> Parse(std::string_view text, const std::string& file);
  // From `path`; a file that is missing is made with a random key, mode 0600. Errors: as Parse; denied when others than
  // the owner may read it; those of the disk.
  static base::Result<AckLinks> LoadOrMake(base::FileSystem& fs, const std::string& path, base::Random& random);

  // `action`: ack, unack or escalate. `base_url` without a slash at its end.
  std::string Make(const std::string& base_url, std::string_view incident, std::string_view action,
                   std::string_view level, std::string_view contact, base::Timestamp expires_at) const;

  // Errors, in words that can be shown: invalid (not a link of ours, or changed), timeout (expired). How long it takes
  // says nothing about how wrong a signature is.
  base::Result<VerifiedLink> Verify(const LinkText& link, std::span<const std::string> contacts,
                                    base::Timestamp now) const;

  const std::string& signing_key_id() const { return keys_.front().id; }

 private:
  explicit AckLinks(std::vector<AckKey> keys) : keys_(std::move(keys)) {}
  const std::vector<AckKey> keys_;  // at least one
};

// base64url without padding. Decoding: nullopt for anything else than what encoding gives.
std::string Base64Url(std::string_view bytes);
std::optional<std::string> FromBase64Url(std::string_view text);

}  // namespace bekci::notify::escalation
