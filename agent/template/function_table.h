// FunctionTable: the functions that a template may call, as a few lists of rows.
//
// The built-in functions of the language are one list; what alerts, notifications and pages add are others. A later
// list wins over an earlier one, so that a host can replace a function. Looked at only while parsing.
//
// Thread rule: immutable.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "agent/template/value.h"

namespace bekci::templates {

class FunctionTable {
 public:
  // The lists outlive the table.
  FunctionTable(std::initializer_list<std::span<const Function>> lists) : lists_(lists) {}

  const Function* Find(std::string_view name) const;
  // The name nearest to one that does not exist, or empty: "did you mean".
  std::string_view Nearest(std::string_view name) const;

 private:
  std::vector<std::span<const Function>> lists_;
};

// and or not len index slice print printf println html js urlquery call eq ne lt le gt ge: Go's text/template.
std::span<const Function> BuiltinFunctions();
// toUpper toLower title match reReplaceAll safeHtml urlQueryEscape stripPort stripDomain parseDuration: what needs
// nothing but its arguments.
std::span<const Function> TextFunctions();
// humanize humanize1024 humanizeDuration humanizePercentage humanizeTimestamp toTime toDuration.
std::span<const Function> NumberFunctions();

}  // namespace bekci::templates
