#include "agent/template/template.h"

#include <algorithm>

#include "agent/template/limits.h"
#include "agent/template/parser.h"

namespace bekci::templates {

base::Result<std::shared_ptr<const Template>> Template::Parse(std::string name, std::string_view source,
                                                              const Options& options) {
  if (source.size() > kMaxSourceBytes) {
    return base::LimitReached("template: " + name + ": longer than " + std::to_string(kMaxSourceBytes) + " bytes");
  }
  std::shared_ptr<Template> parsed(new Template(std::move(name), source));
  parsed->library_ = options.library;
  RETURN_IF_ERROR(Parser(parsed.get(), options).Run());
  return std::shared_ptr<const Template>(std::move(parsed));
}

Template::Found Template::Find(std::string_view name) const {
  const auto found = std::lower_bound(definitions_.begin(), definitions_.end(), name,
                                      [](const Definition& d, std::string_view n) { return d.name < n; });
  const bool here = found != definitions_.end() && found->name == name;
  if (here && !IsEmpty(found->body)) return {&*found, this};
  if (!here && name == name_) return {&main_, this};
  const Found there = library_ == nullptr ? Found() : library_->Find(name);
  return there.definition == nullptr && here ? Found{&*found, this} : there;
}

std::string Template::Where(uint32_t position) const {
  const std::string_view before = std::string_view(source_).substr(0, position);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const size_t newline = before.rfind('\n');
  const size_t column = newline == std::string_view::npos ? before.size() : before.size() - newline - 1;
  return name_ + ":" + std::to_string(lines + 1) + ":" + std::to_string(column + 1);
}

}  // namespace bekci::templates
