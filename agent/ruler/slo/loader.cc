#include "agent/ruler/slo/loader.h"

#include <algorithm>
#include <map>

#include "agent/base/text.h"
#include "agent/config/option.h"
#include "agent/ruler/slo/dialects.h"
#include "agent/ruler/slo/openslo.h"

namespace bekci::ruler::slo {
namespace {

constexpr config::YamlLimits kLimits = {.bytes = kMaxSloFileBytes, .nodes = 300'000, .depth = 32};

struct Dialects {
  std::string_view key;                                                // of the document
  std::string_view name;                                               // its value
  std::string_view kind;                                               // empty: any
  void (*read)(const config::Node& document, const Reading& reading);  // null: OpenSLO v1, or windows
};
constexpr Dialects kDialects[] = {
    {"version", "prometheus/v1", "", ReadSloth},
    {"apiVersion", "sloth.slok.dev/v1", "PrometheusServiceLevel", ReadSlothKubernetes},
    {"apiVersion", "sloth.slok.dev/v1", "AlertWindows", nullptr},
    {"apiVersion", "openslo/v1", "", nullptr},
    {"apiVersion", "openslo/v1alpha", "", ReadOpenSloAlpha},
    {"apiVersion", "pyrra.dev/v1alpha1", "ServiceLevelObjective", ReadPyrra},
};

class Loading {
 public:
  explicit Loading(const LoadOptions& options) : options_(options), windows_(options.windows) {}

  void Add(const SourceText& source) {
    auto parsed = config::ParseYamlDocuments(source.text, source.file, kLimits);
    if (!parsed.ok()) {
      errors_.Add({}, parsed.status().message());
      return;
    }
    const size_t before = documents_.size();
    for (config::Node& root : *parsed) {
      if (root.is_sequence()) {
        for (config::Node& item : root.items) documents_.push_back(std::move(item));
      } else {
        documents_.push_back(std::move(root));
      }
    }
    if (documents_.size() == before) errors_.Add({}, source.file + ": says nothing");
  }

  base::Result<LoadedSlos> Finish() {
    for (const config::Node& document : documents_) {
      if (IsWindows(document)) windows_.Add(document, &errors_);
    }
    for (size_t i = 0; i < documents_.size(); ++i) Read(i);
    objects_.Resolve(ReadingOf(0));
    std::stable_sort(loaded_.slos.begin(), loaded_.slos.end(),
                     [](const Slo& a, const Slo& b) { return a.document < b.document; });
    RefuseDuplicates();
    if (loaded_.slos.size() > kMaxSlos) {
      errors_.Add({}, "more than " + std::to_string(kMaxSlos) + " objectives");
    }
    RETURN_IF_ERROR(errors_.ToStatus());
    loaded_.documents = documents_.size();
    return std::move(loaded_);
  }

 private:
  Reading ReadingOf(size_t document) {
    return {windows_, options_.default_period, document, &errors_, &loaded_.warnings, &loaded_.slos};
  }

  static std::string_view Text(const config::Node& document, std::string_view key) {
    const config::Node* node = document.Find(key);
    return node != nullptr ? std::string_view(node->scalar) : std::string_view();
  }

  static bool IsWindows(const config::Node& document) {
    return Text(document, "apiVersion") == "sloth.slok.dev/v1" && Text(document, "kind") == "AlertWindows";
  }

  void Read(size_t index) {
    const config::Node& document = documents_[index];
    const Reading reading = ReadingOf(index);
    if (!document.is_mapping()) {
      errors_.Add(document.mark, "expected objectives (slos:), found no mapping");
      return;
    }
    const Dialects* dialect = DialectOf(document);
    if (dialect == nullptr) return;
    if (dialect->read != nullptr) {
      dialect->read(document, reading);
    } else if (!IsWindows(document)) {
      objects_.Add(document, reading);
    }
  }

  // Null: it is our own and was read, or nobody's and was told.
  const Dialects* DialectOf(const config::Node& document) {
    const config::Node* version = document.Find("version");
    if (version == nullptr) version = document.Find("apiVersion");
    if (version == nullptr) {
      ReadShortForm(document, ReadingOf(static_cast<size_t>(&document - documents_.data())));
      return nullptr;
    }
    std::vector<std::string_view> known;
    bool version_is_known = false;
    for (const Dialects& dialect : kDialects) {
      if (Text(document, dialect.key) == dialect.name) {
        version_is_known = true;
        if (dialect.kind.empty() || Text(document, "kind") == dialect.kind) return &dialect;
        known.push_back(dialect.kind);
      }
    }
    if (!version_is_known) {
      for (const Dialects& dialect : kDialects) known.push_back(dialect.name);
    }
    const std::string what = version_is_known ? "kind" : "version";
    const config::Node* wrong = version_is_known ? document.Find("kind") : version;
    const std::string text = wrong != nullptr ? wrong->scalar : "";
    const std::string_view nearest = base::Nearest(text, known);
    errors_.Add(wrong != nullptr ? wrong->mark : document.mark,
                what + " " + base::Quoted(text) + " is not known here" +
                    (nearest.empty() ? "" : ", did you mean " + base::Quoted(nearest) + "?"));
    return nullptr;
  }

  void RefuseDuplicates() {
    std::map<std::string_view, const Slo*> seen;
    for (const Slo& slo : loaded_.slos) {
      const auto [first, is_new] = seen.emplace(slo.id, &slo);
      if (is_new) continue;
      errors_.Add(slo.mark,
                  "objective " + base::Quoted(slo.id) + " is there already, in " + first->second->mark.ToString());
    }
  }

  const LoadOptions& options_;
  WindowCatalogue windows_;
  config::Errors errors_;
  std::vector<config::Node> documents_;
  OpenSloObjects objects_;
  LoadedSlos loaded_;
};

bool IsYamlName(const std::string& name) {
  return name.ends_with(".yml") || name.ends_with(".yaml");
}

// Deep enough for any tree of files, and an end to links that go in circles.
constexpr int kDeepestDirectory = 8;

base::Status AddWindowFiles(base::FileSystem& fs, const std::string& directory, int depth, WindowCatalogue* catalogue,
                            config::Errors* errors) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, fs.ListDirectory(directory));
  for (const std::string& name : names) {
    const std::string path = directory + "/" + name;
    const auto info = fs.Stat(path);
    if (info.ok() && info->kind == base::FileKind::kDirectory) {
      if (depth < kDeepestDirectory) RETURN_IF_ERROR(AddWindowFiles(fs, path, depth + 1, catalogue, errors));
      continue;
    }
    if (!IsYamlName(name)) continue;
    ASSIGN_OR_RETURN(const std::string text, fs.ReadFile(path, kMaxSloFileBytes));
    ASSIGN_OR_RETURN(const auto documents, config::ParseYamlDocuments(text, path, kLimits));
    for (const config::Node& document : documents) catalogue->Add(document, errors);
  }
  return base::OkStatus();
}

}  // namespace

base::Result<LoadedSlos> LoadSlos(std::span<const SourceText> sources, const LoadOptions& options) {
  Loading loading(options);
  for (const SourceText& source : sources) loading.Add(source);
  return loading.Finish();
}

base::Result<LoadedSlos> LoadSloFiles(base::FileSystem& fs, std::span<const std::string> paths,
                                      const LoadOptions& options) {
  std::vector<SourceText> sources;
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(std::string text, fs.ReadFile(path, kMaxSloFileBytes));
    sources.push_back({path, std::move(text)});
  }
  return LoadSlos(sources, options);
}

base::Status LoadWindowFiles(base::FileSystem& fs, const std::string& directory, WindowCatalogue* catalogue) {
  config::Errors errors;
  RETURN_IF_ERROR(AddWindowFiles(fs, directory, 0, catalogue, &errors));
  return errors.ToStatus();
}

}  // namespace bekci::ruler::slo
