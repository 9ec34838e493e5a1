#include "agent/promql/natural_order.h"

#include <cstddef>

namespace bekci::promql {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Takes the run of digits, or of anything else, at the front.
std::string_view TakeRun(std::string_view* rest) {
  const bool digits = IsDigit((*rest)[0]);
  size_t size = 1;
  while (size < rest->size() && IsDigit((*rest)[size]) == digits) ++size;
  const std::string_view run = rest->substr(0, size);
  rest->remove_prefix(size);
  return run;
}

std::string_view WithoutZeros(std::string_view digits) {
  const size_t first = digits.find_first_not_of('0');
  return first == std::string_view::npos ? std::string_view() : digits.substr(first);
}

int CompareRuns(std::string_view a, std::string_view b) {
  if (!IsDigit(a[0]) || !IsDigit(b[0])) return a.compare(b);
  const std::string_view x = WithoutZeros(a);
  const std::string_view y = WithoutZeros(b);
  if (x.size() != y.size()) return x.size() < y.size() ? -1 : 1;
  return x.compare(y);
}

}  // namespace

int CompareNatural(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    const int order = CompareRuns(TakeRun(&a), TakeRun(&b));
    if (order != 0) return order;
  }
  if (a.empty() == b.empty()) return 0;
  return a.empty() ? -1 : 1;
}

}  // namespace bekci::promql
