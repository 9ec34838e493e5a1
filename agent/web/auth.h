// BasicAuth: is this user who the header says?
//
// Passwords are kept as bcrypt hashes, which cost tens of milliseconds to check, on purpose. Three things follow. A
// scraper that comes every five seconds must not pay that each time: successes are remembered in a small cache, under a
// salted SHA-256 of user, password and hash, so that what is remembered is worth nothing to who reads our memory. An
// unknown user costs what a known one costs, against a hash that fits nobody, so that names cannot be found out by
// time. And a flood of wrong passwords may use only a few threads: beyond that the answer is "busy", while cached users
// pass. Source: RFC 7617; crypt(5) for the hashes; the idea of the cache is the exporter toolkit's. Thread rule: Check
// from any thread.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/mutex.h"
#include "agent/base/status.h"

namespace bekci::web {

enum class AuthResult : unsigned char {
  kAllowed,
  kDenied,  // answer 401 with WWW-Authenticate
  kBusy,    // too many passwords are being checked: answer 503 with Retry-After
};

// OK for "$2a$", "$2b$" or "$2y$" with a cost of 4 to 16 (beyond, one login takes seconds of a core).
base::Status CheckBcryptHash(std::string_view hash);

class BasicAuth {
 public:
  using Users = std::vector<std::pair<std::string, std::string>>;  // name, bcrypt hash: both checked

  // With no users everybody is allowed.
  explicit BasicAuth(Users users);

  bool required() const { return !users_.empty(); }

  // `authorization` is the request's header, whole: "Basic dXNlcjpwYXNz". Blocks for as long as bcrypt takes, at most
  // about twice that.
  AuthResult Check(std::string_view authorization) EXCLUDES(mutex_);

  static constexpr size_t kCached = 64;     // successes remembered
  static constexpr size_t kConcurrent = 2;  // checks that run at once
  static constexpr size_t kWaiting = 2;     // that wait for one of those to end

 private:
  using Digest = std::array<unsigned char, 32>;

  AuthResult CheckSlowly(const std::string& name, const std::string& password) EXCLUDES(mutex_);
  const std::string* HashOf(std::string_view name) const;
  Digest DigestOf(std::string_view name, std::string_view password, std::string_view hash) const;
  bool IsCached(const Digest& digest) EXCLUDES(mutex_);
  void Remember(const Digest& digest) EXCLUDES(mutex_);
  bool Enter() EXCLUDES(mutex_);  // false: busy
  void Leave() EXCLUDES(mutex_);

  const Users users_;
  std::string nobody_;  // a hash that costs as much as the dearest of users_ and that no password fits
  Digest salt_{};       // of this process
  base::Mutex mutex_;
  base::CondVar free_;
  std::deque<Digest> cache_ GUARDED_BY(mutex_);  // the latest used at the front
  size_t running_ GUARDED_BY(mutex_) = 0;
  size_t waiting_ GUARDED_BY(mutex_) = 0;
};

}  // namespace bekci::web
