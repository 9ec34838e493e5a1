#include "agent/base/random.h"

#include <sys/random.h>

#include <cerrno>

#include "agent/base/status.h"

namespace bekci::base {

uint64_t Random::Below(uint64_t bound) {
  BEKCI_CHECK(bound > 0);
  // Values under 2^64 mod bound would make small results likelier; they are thrown back.
  const uint64_t uneven = (0 - bound) % bound;
  uint64_t value = Next();
  while (value < uneven) value = Next();
  return value % bound;
}

double Random::Fraction() {
  return static_cast<double>(Next() >> 11) * 0x1p-53;
}

std::string Random::Hex(size_t bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(2 * bytes);
  uint64_t bits = 0;
  for (size_t i = 0; i < 2 * bytes; ++i) {
    if (i % 16 == 0) bits = Next();
    out += kDigits[bits & 15];
    bits >>= 4;
  }
  return out;
}

uint64_t SystemRandom::Next() {
  uint64_t value = 0;
  // Up to 256 bytes come whole; the one error left is a signal before the kernel's pool is ready at boot.
  while (getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value)) BEKCI_CHECK(errno == EINTR);
  return value;
}

uint64_t SeededRandom::Next() {
  state_ += 0x9E3779B97F4A7C15u;
  uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

}  // namespace bekci::base
