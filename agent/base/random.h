// Random: where chance comes from. Jitter, identifiers and crash tests take a Random&, so that a test which failed can
// be run again with its seed.
//
// SystemRandom is the kernel's generator and fit for tokens; SeededRandom (splitmix64, Steele, Lea and Flood 2014) is
// for tests and never for secrets.
// Thread rule: SystemRandom any thread; SeededRandom one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace bekci::base {

class Random {
 public:
  virtual ~Random() = default;
  virtual uint64_t Next() = 0;  // 64 uniform bits

  uint64_t Below(uint64_t bound);  // uniform in [0, bound); bound > 0
  double Fraction();               // uniform in [0, 1), 53 bits
  // `bytes` random bytes in lower-case hexadecimal: identifiers and tokens.
  std::string Hex(size_t bytes);
};

class SystemRandom : public Random {
 public:
  uint64_t Next() override;
};

class SeededRandom : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  uint64_t Next() override;

 private:
  uint64_t state_;
};

}  // namespace bekci::base
