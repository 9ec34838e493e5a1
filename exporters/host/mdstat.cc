#include "exporters/host/mdstat.h"

#include <algorithm>
#include <optional>

#include "agent/base/text.h"

namespace bekci::exporters::host {
namespace {

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

double Count(std::string_view text, std::string_view part) {
  double count = 0;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

// "16775552/195310144" or "2/1" as its two numbers.
struct Fraction {
  double left = 0;
  double right = 0;
};
std::optional<Fraction> ParseFraction(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto left = base::ParseUint(text.substr(0, slash));
  const auto right = base::ParseUint(text.substr(slash + 1));
  if (!left || !right) return std::nullopt;
  return Fraction{static_cast<double>(*left), static_cast<double>(*right)};
}

// The first "<open>a/b<close>" in the line, e.g. [2/1] or (16775552/195310144).
std::optional<Fraction> FindFraction(std::string_view line, char open, char close) {
  for (size_t begin = line.find(open); begin != std::string_view::npos; begin = line.find(open, begin + 1)) {
    const size_t end = line.find(close, begin);
    if (end == std::string_view::npos) break;
    if (const auto fraction = ParseFraction(line.substr(begin + 1, end - begin - 1))) return fraction;
  }
  return std::nullopt;
}

// One array's lines: `head` is "md6 : active ...", `body` what is indented below.
struct Section {
  std::string_view head;
  std::vector<std::string_view> body;
};

std::vector<Section> SplitSections(std::string_view text) {
  std::vector<Section> sections;
  base::LineReader lines(text);
  std::string_view line;
  while (lines.Next(&line)) {
    if (base::Trim(line).empty() || line.starts_with("Personalities") || line.starts_with("unused")) continue;
    const bool indented = line.front() == ' ' || line.front() == '\t';
    if (!indented) {
      sections.push_back({line, {}});
    } else if (!sections.empty()) {
      sections.back().body.push_back(line);
    }
  }
  return sections;
}

// Size and disk counts from the line below the name. raid0 and linear have no redundancy to lose: all disks are needed
// and there is no [2/1].
bool ParseSize(const Section& section, MdArray* array) {
  if (section.body.empty()) return false;
  const std::string_view line = section.body.front();
  const auto blocks = base::ParseUint(base::FieldReader(line).Next());
  if (!blocks) return false;
  array->blocks = array->blocks_synced = static_cast<double>(*blocks);
  if (Contains(section.head, "raid0") || Contains(section.head, "linear")) {
    array->disks_required = array->disks_active = Count(section.head, "[");
    return true;
  }
  if (array->state == "inactive") return true;
  const auto disks = FindFraction(line, '[', ']');
  if (!disks) return false;
  array->disks_required = disks->left;
  array->disks_active = disks->right;
  return true;
}

// "recovery", "resync" and "check" lines replace the state and tell how far they are; a sync that waits for another
// array (DELAYED) or for the first write (PENDING) has done nothing yet.
bool ParseSync(const Section& section, MdArray* array) {
  for (const std::string_view line : section.body) {
    if (Contains(line, "bitmap")) continue;
    std::string_view state;
    if (Contains(line, "recovery")) state = "recovering";
    if (Contains(line, "resync")) state = "resync";
    if (Contains(line, "check")) state = "check";
    if (state.empty()) continue;
    array->state = state;
    if (Contains(line, "PENDING") || Contains(line, "DELAYED")) {
      array->blocks_synced = 0;
      return true;
    }
    const auto done = FindFraction(line, '(', ')');
    if (!done) return false;
    array->blocks_synced = done->left;
    return true;
  }
  return true;
}

std::optional<MdArray> ParseSection(const Section& section) {
  base::FieldReader fields(section.head);
  MdArray array;
  array.name = fields.Next();
  if (fields.Next() != ":") return std::nullopt;
  array.state = fields.Next();
  if (array.state.empty()) return std::nullopt;
  array.disks_failed = Count(section.head, "(F)");
  array.disks_spare = Count(section.head, "(S)");
  if (!ParseSize(section, &array) || !ParseSync(section, &array)) return std::nullopt;
  return array;
}

}  // namespace

void ParseMdstat(std::string_view text, std::vector<MdArray>* arrays, std::vector<std::string>* problems) {
  for (const Section& section : SplitSections(text)) {
    if (auto array = ParseSection(section)) {
      arrays->push_back(std::move(*array));
    } else {
      problems->push_back("cannot read the array " + base::Quoted(section.head.substr(0, 120)));
    }
  }
}

}  // namespace bekci::exporters::host
