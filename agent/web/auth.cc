#include "agent/web/auth.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "agent/base/random.h"
#include "agent/base/text.h"

namespace bekci::web {
namespace {

constexpr size_t kHashLength = 60;  // "$2b$10$", 22 characters of salt, 31 of hash
constexpr size_t kSaltEnd = 29;     // where the salt ends
constexpr int64_t kLargestCost = 16;
constexpr size_t kLongestHeader = 4096;

bool IsBcryptCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '/';
}

int Base64Value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

// Standard base64 with its padding; nullopt for anything else.
std::optional<std::string> DecodeBase64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  size_t padding = 0;
  while (padding < 2 && !text.empty() && text.back() == '=') {
    text.remove_suffix(1);
    ++padding;
  }
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = Base64Value(c);
    if (value < 0) return std::nullopt;
    bits = (bits << 6) | static_cast<unsigned>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>((bits >> count) & 0xFF);
  }
  return out;
}

// Name and password of "Basic ...".
std::optional<std::pair<std::string, std::string>> ParseHeader(std::string_view header) {
  constexpr std::string_view kScheme = "basic ";
  if (header.size() > kLongestHeader || header.size() < kScheme.size()) return std::nullopt;
  if (!base::EqualsIgnoreCase(header.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  auto decoded = DecodeBase64(base::Trim(header.substr(kScheme.size())));
  if (!decoded.has_value()) return std::nullopt;
  const size_t colon = decoded->find(':');
  // crypt() ends a password at a NUL, so one with a NUL could pass for its beginning.
  if (colon == std::string::npos || decoded->find('\0') != std::string::npos) return std::nullopt;
  return std::pair(decoded->substr(0, colon), decoded->substr(colon + 1));
}

bool Matches(const std::string& password, const std::string& hash) {
  const auto data = std::make_unique<crypt_data>();  // 32 KiB: too much for a thread's stack
  const char* result = ::crypt_r(password.c_str(), hash.c_str(), data.get());
  const std::string_view computed = result == nullptr ? std::string_view() : result;
  const bool same = computed.size() == hash.size() && CRYPTO_memcmp(computed.data(), hash.data(), hash.size()) == 0;
  OPENSSL_cleanse(data.get(), sizeof(crypt_data));
  return same;
}

}  // namespace

base::Status CheckBcryptHash(std::string_view hash) {
  const bool prefix = hash.starts_with("$2a$") || hash.starts_with("$2b$") || hash.starts_with("$2y$");
  if (!prefix) return base::Invalid("is not a bcrypt hash; make one with: htpasswd -nBC 10 NAME");
  const auto cost = base::ParseInt(hash.substr(4, 2));
  if (hash.size() != kHashLength || !cost.has_value() || hash[6] != '$' ||
      !std::all_of(hash.begin() + 7, hash.end(), IsBcryptCharacter)) {
    return base::Invalid("is a damaged bcrypt hash: " + std::to_string(hash.size()) +
                         " characters instead of 60, or bad ones");
  }
  if (*cost < 4 || *cost > kLargestCost) {
    return base::Invalid("bcrypt cost " + std::to_string(*cost) + " is out of range, must be between 4 and 16");
  }
  return base::OkStatus();
}

BasicAuth::BasicAuth(Users users) : users_(std::move(users)) {
  // Not from OpenSSL, whose start costs 2 MiB: most agents have no users.
  base::SystemRandom random;
  for (uint8_t& byte : salt_) byte = static_cast<uint8_t>(random.Next());
  // The dearest user's cost, with the salt of that user: the work is the same, and the result is never used.
  for (const auto& [name, hash] : users_) {
    if (nobody_.empty() || hash.compare(4, 2, nobody_, 4, 2) > 0) nobody_ = hash;
  }
  if (!nobody_.empty()) nobody_.replace(kSaltEnd, std::string::npos, kHashLength - kSaltEnd, '.');
}

AuthResult BasicAuth::Check(std::string_view authorization) {
  if (users_.empty()) return AuthResult::kAllowed;
  auto credentials = ParseHeader(authorization);
  if (!credentials.has_value()) return AuthResult::kDenied;
  auto& [name, password] = *credentials;
  const std::string* hash = HashOf(name);
  AuthResult result = AuthResult::kAllowed;
  const Digest digest = DigestOf(name, password, hash == nullptr ? nobody_ : *hash);
  if (!IsCached(digest)) {
    result = CheckSlowly(name, password);
    if (result == AuthResult::kAllowed) Remember(digest);
  }
  OPENSSL_cleanse(password.data(), password.size());
  return result;
}

AuthResult BasicAuth::CheckSlowly(const std::string& name, const std::string& password) {
  if (!Enter()) return AuthResult::kBusy;
  const std::string* hash = HashOf(name);
  const bool matches = Matches(password, hash == nullptr ? nobody_ : *hash);
  Leave();
  return matches && hash != nullptr ? AuthResult::kAllowed : AuthResult::kDenied;
}

// Compares with every user whatever matches, so that the time does not depend on the name.
const std::string* BasicAuth::HashOf(std::string_view name) const {
  const std::string* found = nullptr;
  for (const auto& [user, hash] : users_) {
    if (user.size() == name.size() && CRYPTO_memcmp(user.data(), name.data(), name.size()) == 0) found = &hash;
  }
  return found;
}

BasicAuth::Digest BasicAuth::DigestOf(std::string_view name, std::string_view password, std::string_view hash) const {
  // Lengths go before the texts, so that no two triples give the same bytes.
  std::string text(reinterpret_cast<const char*>(salt_.data()), salt_.size());
  for (const std::string_view part : {name, password, hash}) {
    text += std::to_string(part.size()) + ":";
    text += part;
  }
  Digest digest{};
  unsigned size = 0;
  BEKCI_CHECK(EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1);
  OPENSSL_cleanse(text.data(), text.size());
  return digest;
}

bool BasicAuth::IsCached(const Digest& digest) {
  base::MutexLock lock(mutex_);
  const auto found = std::find_if(cache_.begin(), cache_.end(), [&](const Digest& cached) {
    return CRYPTO_memcmp(cached.data(), digest.data(), digest.size()) == 0;
  });
  if (found == cache_.end()) return false;
  std::rotate(cache_.begin(), found, found + 1);
  return true;
}

void BasicAuth::Remember(const Digest& digest) {
  base::MutexLock lock(mutex_);
  if (std::find(cache_.begin(), cache_.end(), digest) != cache_.end()) return;
  cache_.push_front(digest);
  if (cache_.size() > kCached) cache_.pop_back();
}

bool BasicAuth::Enter() {
  base::MutexLock lock(mutex_);
  if (running_ >= kConcurrent) {
    if (waiting_ >= kWaiting) return false;
    ++waiting_;
    while (running_ >= kConcurrent) free_.Wait(mutex_);
    --waiting_;
  }
  ++running_;
  return true;
}

void BasicAuth::Leave() {
  {
    base::MutexLock lock(mutex_);
    --running_;
  }
  free_.NotifyOne();
}

}  // namespace bekci::web
