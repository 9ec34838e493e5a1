// Regex: a regular expression as Go's regexp uses it in templates: find anywhere, replace all.
//
// RE2 and Go's regexp are siblings; what differs is the words of errors and how all matches are walked, which is here
// as Go does it (an empty match right behind a match does not count).
//
// Thread rule: immutable; any thread may match.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "agent/base/status.h"

namespace bekci::templates {

class Regex {
 public:
  // Errors: invalid, "error parsing regexp: missing closing ): `(`".
  static base::Result<std::shared_ptr<const Regex>> Make(std::string_view expression);
  ~Regex();

  bool Matches(std::string_view text) const;
  // Every match replaced by `replacement`, in which $1, ${1}, $name and ${name} are what a group matched and $$ is $.
  // Stops at `limit` bytes, with more than that many.
  std::string ReplaceAll(std::string_view text, std::string_view replacement, size_t limit) const;

 private:
  struct Compiled;
  explicit Regex(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace bekci::templates
