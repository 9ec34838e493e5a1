#include "agent/web/notify/address_limit.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace bekci::web::notify {
namespace {

constexpr const char* kEverybodyElse = "*";
constexpr size_t kNetworkBytes = 8;  // of an IPv6 address

std::string KeyOf(std::string_view address) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  const std::string text(address.substr(0, address.find('%')));
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
  // Addresses of the old protocol in the form of the new one are hosts, not networks.
  if (IN6_IS_ADDR_V4MAPPED(reinterpret_cast<const in6_addr*>(bytes.data()))) return text;
  return {reinterpret_cast<const char*>(bytes.data()), kNetworkBytes};
}

}  // namespace

double AddressLimit::TokensAt(const Bucket& bucket, base::MonotonicTime now) const {
  return std::min(burst_, bucket.tokens + base::ToSeconds(now - bucket.at) / base::ToSeconds(interval_));
}

AddressLimit::Bucket& AddressLimit::BucketOf(const std::string& key, base::MonotonicTime now) {
  if (const auto found = buckets_.find(key); found != buckets_.end()) return found->second;
  if (buckets_.size() >= max_addresses_) {
    std::erase_if(buckets_, [&](const auto& one) { return TokensAt(one.second, now) >= burst_; });
  }
  const bool full = buckets_.size() >= max_addresses_;
  return buckets_.try_emplace(full ? kEverybodyElse : key, Bucket{burst_, now}).first->second;
}

bool AddressLimit::Take(std::string_view address, base::MonotonicTime now) {
  const std::string key = KeyOf(address);
  base::MutexLock lock(mutex_);
  Bucket& bucket = BucketOf(key, now);
  bucket = {TokensAt(bucket, now), now};
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

size_t AddressLimit::size() const {
  base::MutexLock lock(mutex_);
  return buckets_.size();
}

}  // namespace bekci::web::notify
