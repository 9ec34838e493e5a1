// textfile: metrics that scripts leave in *.prom files, see TextfileStore.
#include <string>

#include "exporters/host/part.h"
#include "exporters/host/textfile_store.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kMtime = {"node_textfile_mtime_seconds", MetricType::kGauge,
                               "Unixtime mtime of textfiles successfully read.", "file"};
constexpr MetricSpec kError = {"node_textfile_scrape_error", MetricType::kGauge,
                               "1 if there was an error opening or reading a file, 0 otherwise"};
constexpr const MetricSpec* kMetrics[] = {&kMtime, &kError};

constexpr config::Option kOptions[] = {
    {.key = "directory",
     .type = config::Type::kStrings,
     .default_text = "/var/lib/prometheus/node-exporter",
     .help =
         "Directories with *.prom files; * ? and [] stand for parts of names. The default directory may be missing."},
};

class Textfile : public Part {
 public:
  Textfile(const HostEnvironment& environment, const config::Values& options)
      : patterns_(options.Strings("directory")),
        may_be_missing_(!options.IsSetInFile("directory")),
        store_(environment.fs, environment.log) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    store_.Refresh(patterns_, may_be_missing_);
    for (const model::MetricFamily& family : store_.families()) sink.AddFamily(family);
    for (const TextfileStore::File& file : store_.files()) {
      const int64_t whole_seconds = file.mtime_ns / 1'000'000'000;  // as node_exporter's
      sink.Add(kMtime, {file.path}, static_cast<double>(whole_seconds));
    }
    sink.Add(kError, store_.failed() ? 1 : 0);
    return base::OkStatus();
  }

 private:
  const std::vector<std::string> patterns_;
  const bool may_be_missing_;
  TextfileStore store_;
};

}  // namespace

extern const PartSpec kTextfile;
constinit const PartSpec kTextfile = {
    .name = "textfile",
    .help = "Metrics that scripts leave in *.prom files.",
    .metrics = kMetrics,
    .options = kOptions,
    .make = MakePartWithOptions<Textfile>,
};

}  // namespace bekci::exporters::host
