#include "exporters/host/name_filter.h"

#include <re2/re2.h>

#include <unordered_map>

#include "agent/base/text.h"

namespace bekci::exporters::host {
namespace {

// Ten times the interfaces of a big container host; about 1 MiB when full.
constexpr size_t kMaxRememberedNames = 8192;

constexpr size_t kMaxNameBytes = 1024;

struct ViewHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

base::Result<std::unique_ptr<RE2>> Compile(const std::string& pattern) {
  if (pattern.empty()) return std::unique_ptr<RE2>();
  RE2::Options options;
  options.set_log_errors(false);
  auto compiled = std::make_unique<RE2>(pattern, options);
  if (!compiled->ok()) return base::Invalid("regular expression \"" + pattern + "\": " + compiled->error());
  return compiled;
}

}  // namespace

struct NameFilter::State {
  std::unique_ptr<RE2> include;
  std::unique_ptr<RE2> exclude;
  std::unordered_map<std::string, bool, ViewHash, std::equal_to<>> known;

  bool Match(std::string_view name) const {
    if (name.size() > kMaxNameBytes || !base::IsValidUtf8(name)) return false;
    const re2::StringPiece piece(name.data(), name.size());
    if (include && !RE2::PartialMatch(piece, *include)) return false;
    return !exclude || !RE2::PartialMatch(piece, *exclude);
  }
};

NameFilter::NameFilter(std::unique_ptr<State> state) : state_(std::move(state)) {}
NameFilter::NameFilter(NameFilter&&) noexcept = default;
NameFilter& NameFilter::operator=(NameFilter&&) noexcept = default;
NameFilter::~NameFilter() = default;

base::Result<NameFilter> NameFilter::Make(const std::string& include, const std::string& exclude) {
  auto state = std::make_unique<State>();
  ASSIGN_OR_RETURN(state->include, Compile(include));
  ASSIGN_OR_RETURN(state->exclude, Compile(exclude));
  return NameFilter(std::move(state));
}

base::Result<NameFilter> NameFilter::FromOptions(const config::Values& options, std::string_view include_key,
                                                 std::string_view exclude_key) {
  const bool include_set = options.IsSetInFile(include_key);
  if (include_set && options.IsSetInFile(exclude_key)) {
    return base::Invalid(options.MarkOf(exclude_key).ToString() + ": " + std::string(exclude_key) + " and " +
                         std::string(include_key) + " exclude each other, keep one");
  }
  return Make(options.String(include_key), include_set ? std::string() : options.String(exclude_key));
}

bool NameFilter::Wants(std::string_view name) {
  const auto found = state_->known.find(name);
  if (found != state_->known.end()) return found->second;
  const bool wanted = state_->Match(name);
  if (state_->known.size() >= kMaxRememberedNames) state_->known.clear();
  state_->known.emplace(name, wanted);
  return wanted;
}

}  // namespace bekci::exporters::host
