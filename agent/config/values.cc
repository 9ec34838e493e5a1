// Values: typed access to what Check found. A key or type that the table does not have is a bug of the caller.
#include <algorithm>

#include "agent/config/option.h"
#include "agent/config/values_entry.h"

namespace bekci::config {

const Values::Entry& Values::Get(std::string_view key, std::initializer_list<Type> allowed) const {
  const auto row = std::find_if(table_.begin(), table_.end(), [&](const Option& option) { return option.key == key; });
  BEKCI_CHECK(row != table_.end() && "no such option in the table");
  BEKCI_CHECK((allowed.size() == 0 || std::find(allowed.begin(), allowed.end(), row->type) != allowed.end()) &&
              "option read as another type");
  return *entries_[static_cast<size_t>(row - table_.begin())];
}

bool Values::Has(std::string_view key) const {
  return Get(key, {}).has;
}
bool Values::IsSetInFile(std::string_view key) const {
  return Get(key, {}).in_file;
}

const std::string& Values::String(std::string_view key) const {
  return Get(key, {Type::kString, Type::kRegex, Type::kChoice, Type::kSecretFile}).text;
}

bool Values::Bool(std::string_view key) const {
  return Get(key, {Type::kBool}).flag;
}
int64_t Values::Integer(std::string_view key) const {
  return Get(key, {Type::kInteger}).integer;
}
double Values::Float(std::string_view key) const {
  return Get(key, {Type::kFloat}).number;
}
base::Duration Values::Duration(std::string_view key) const {
  return Get(key, {Type::kDuration, Type::kGoDuration}).duration;
}
uint64_t Values::Size(std::string_view key) const {
  return Get(key, {Type::kSize}).size;
}

const std::vector<std::string>& Values::Strings(std::string_view key) const {
  return Get(key, {Type::kStrings}).strings;
}

const std::vector<std::pair<std::string, std::string>>& Values::StringMap(std::string_view key) const {
  return Get(key, {Type::kStringMap}).string_map;
}

const Values& Values::Section(std::string_view key) const {
  return Get(key, {Type::kSection}).sections.front();
}
const std::vector<Values>& Values::Sections(std::string_view key) const {
  return Get(key, {Type::kSections}).sections;
}

const Node* Values::Tree(std::string_view key) const {
  const Entry& entry = Get(key, {Type::kTree});
  return entry.in_file ? &entry.tree : nullptr;
}

Mark Values::MarkOf(std::string_view key) const {
  return Get(key, {}).mark;
}

}  // namespace bekci::config
