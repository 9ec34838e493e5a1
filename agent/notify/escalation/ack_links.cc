#include "agent/notify/escalation/ack_links.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "agent/base/text.h"
#include "agent/notify/escalation/ulid.h"

namespace bekci::notify::escalation {
namespace {

constexpr std::string_view kVersion = "bekci-link-1";
constexpr std::string_view kActions[] = {"ack", "unack", "escalate"};
constexpr size_t kSecretBytes = 32;
constexpr size_t kMaxKeys = 20;
constexpr size_t kMaxKeyFileBytes = 16 << 10;
constexpr size_t kMaxLevelBytes = 200;
constexpr size_t kMaxContacts = 1000;
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kNotOurs = "this link is not one of ours, or a part of it was lost on the way";

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> FromHex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = HexValue(text[i]);
    const int low = HexValue(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

bool IsKeyId(std::string_view id) {
  return !id.empty() && id.size() <= 32 &&
         std::all_of(id.begin(), id.end(), [](char c) { return kBase64.find(c) != std::string_view::npos; });
}

// With its length before each part, no two different links have the same text.
std::string SignedText(std::string_view incident, std::string_view action, std::string_view level,
                       std::string_view expiry, std::string_view contact) {
  std::string text;
  for (const std::string_view part : {kVersion, incident, action, level, expiry, contact}) {
    text += std::to_string(part.size()) + ":";
    text += part;
    text += "\n";
  }
  return text;
}

std::string Sign(const std::string& secret, const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  BEKCI_CHECK(HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                   reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size) != nullptr);
  return std::string(reinterpret_cast<const char*>(digest.data()), size);
}

std::string PercentEncoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (kBase64.find(c) != std::string_view::npos || c == '.' || c == '~') {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

// The file system that is handed in has no modes, and a key must never, not for a moment, be readable by others.
base::Status WriteNewKeyFile(const std::string& path, std::string_view text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return base::FromErrno(errno, "create " + path);
  const ssize_t written = ::write(fd, text.data(), text.size());
  int error = written == static_cast<ssize_t>(text.size()) ? 0 : (written < 0 ? errno : ENOSPC);
  if (error == 0 && ::fsync(fd) != 0) error = errno;
  if (::close(fd) != 0 && error == 0) error = errno;
  if (error == 0) return base::OkStatus();
  static_cast<void>(::unlink(path.c_str()));  // half a key would be read as a mistake at the next start
  return base::FromErrno(error, "write " + path);
}

}  // namespace

std::string Base64Url(std::string_view bytes) {
  std::string text;
  uint32_t bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = (bits << 8 | static_cast<unsigned char>(c)) & 0xFFFF;
    for (held += 8; held >= 6; held -= 6) text += kBase64[bits >> (held - 6) & 63];
  }
  if (held > 0) text += kBase64[bits << (6 - held) & 63];
  return text;
}

std::optional<std::string> FromBase64Url(std::string_view text) {
  std::string bytes;
  uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const size_t digit = kBase64.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 6 | static_cast<uint32_t>(digit)) & 0xFFFF;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>(bits >> held & 0xFF);
  }
  if (Base64Url(bytes) != text) return std::nullopt;
  return bytes;
}

base::Result<AckLinks> AckLinks::Parse(std::string_view text, const std::string& file) {
  std::vector<AckKey> keys;
  base::LineReader reader(text);
  size_t number = 0;
  for (std::string_view line; reader.Next(&line);) {
    const std::string place = file + ":" + std::to_string(++number) + ": ";
    if (base::Trim(line).empty() || base::Trim(line).starts_with('#')) continue;
    base::FieldReader fields(line);
    AckKey key;
    key.id = fields.Next();
    auto secret = FromHex(fields.Next());
    if (!IsKeyId(key.id) || !secret || secret->size() != kSecretBytes || !fields.Next().empty()) {
      return base::Invalid(place +
                           "must be the key's name and 64 hexadecimal digits, such as openssl rand -hex 32 gives");
    }
    for (const AckKey& other : keys) {
      if (other.id == key.id) return base::Invalid(place + "key " + base::Quoted(key.id) + " is there already");
    }
    key.secret = *std::move(secret);
    keys.push_back(std::move(key));
    if (keys.size() > kMaxKeys) return base::Invalid(place + "more than " + std::to_string(kMaxKeys) + " keys");
  }
  if (keys.empty()) return base::Invalid(file + ": has no key in it; remove it, and a new one is made");
  return AckLinks(std::move(keys));
}

base::Result<AckLinks> AckLinks::LoadOrMake(base::FileSystem& fs, const std::string& path, base::Random& random) {
  auto info = fs.Stat(path);
  if (!info.ok() && info.status().code() == base::Code::kNotFound) {
    const std::string text = "k" + random.Hex(4) + " " + random.Hex(kSecretBytes) + "\n";
    RETURN_IF_ERROR(WriteNewKeyFile(path, text));
    info = fs.Stat(path);
  }
  if (!info.ok()) return std::move(info).status();
  if ((info->mode & 077) != 0) {
    return base::Denied(path + ": others can read it, and with it acknowledge everything: chmod 600 " + path);
  }
  ASSIGN_OR_RETURN(const std::string text, fs.ReadFile(path, kMaxKeyFileBytes));
  return Parse(text, path);
}

std::string AckLinks::Make(const std::string& base_url, std::string_view incident, std::string_view action,
                           std::string_view level, std::string_view contact, base::Timestamp expires_at) const {
  const AckKey& key = keys_.front();
  const std::string expiry = std::to_string(expires_at.ms / 1000);
  const std::string signature = Sign(key.secret, SignedText(incident, action, level, expiry, contact));
  return base_url + "/e/" + PercentEncoded(incident) + "?a=" + PercentEncoded(action) + "&l=" + PercentEncoded(level) +
         "&x=" + expiry + "&k=" + key.id + "&s=" + Base64Url(signature);
}

base::Result<VerifiedLink> AckLinks::Verify(const LinkText& link, std::span<const std::string> contacts,
                                            base::Timestamp now) const {
  const auto expiry = base::ParseInt(link.expiry);
  const auto given = link.signature.size() <= 64 ? FromBase64Url(link.signature) : std::nullopt;
  const auto key = std::find_if(keys_.begin(), keys_.end(), [&](const AckKey& one) { return one.id == link.key; });
  const bool known_action = std::find(std::begin(kActions), std::end(kActions), link.action) != std::end(kActions);
  const bool plausible = IsUlid(link.incident) && known_action && link.level.size() <= kMaxLevelBytes && expiry &&
                         *expiry > 0 && *expiry < int64_t{1} << 40 && given && given->size() == 32;
  if (!plausible) return base::Invalid(std::string(kNotOurs));
  if (key == keys_.end()) {
    return base::Invalid("this link was signed with a key that is not in use any more");
  }
  // All are tried, and each is compared as a whole.
  const std::string* found = nullptr;
  for (const std::string& contact : contacts.first(std::min(contacts.size(), kMaxContacts))) {
    const std::string right =
        Sign(key->secret, SignedText(link.incident, link.action, link.level, link.expiry, contact));
    if (CRYPTO_memcmp(right.data(), given->data(), right.size()) == 0) found = &contact;
  }
  if (found == nullptr) return base::Invalid(std::string(kNotOurs));
  const base::Timestamp expires_at = {*expiry * 1000};
  if (now >= expires_at) return base::Timeout("this link has expired");
  return VerifiedLink{std::string(link.incident), std::string(link.action), std::string(link.level), *found,
                      expires_at};
}

}  // namespace bekci::notify::escalation
