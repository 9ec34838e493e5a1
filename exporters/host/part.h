// The contract of a part: one subject of the host collector (cpu, meminfo, filesystem ...), one file, named as
// node_exporter names its collector, with that collector's metric names, types, labels and help texts.
//
// A part's file ends with its PartSpec; a row in parts.cc makes it known. From the spec come its options (a section of
// `collectors: host:` under the part's name), its rows in the README's metric table and its name for collect[]= and
// exclude[]=. Host (host.cc) runs the wanted parts one after the other, measures each, and adds
// node_scrape_collector_duration_seconds and node_scrape_collector_success.
//
// Rules for a part: files are read through base::RereadFile or the FileSystem, again and again, so nothing is allocated
// once the host stands still; numbers by base::ParseUint and friends; series in a stable order. A file that is missing,
// cut or absurd costs this part's families only. kNoData says "nothing of this kind here" and is not logged.
//
// Thread rule: one thread at a time calls the parts of one Host.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/base/status.h"
#include "agent/collect/family_sink.h"
#include "agent/config/option.h"
#include "exporters/host/round_file.h"
#include "exporters/host/system_calls.h"

namespace bekci::exporters::host {

using collect::FamilySink;
using collect::MetricSpec;
using model::MetricType;

// What a part may touch. It and everything it refers to outlive the parts.
struct HostEnvironment {
  base::FileSystem& fs;
  base::Clock& clock;
  base::Logger& log;
  SystemCalls& calls;
  std::string procfs = "/proc";
  std::string sysfs = "/sys";
  std::string rootfs = "/";
  std::string udev_data = "/run/udev/data";
  std::shared_ptr<RoundFiles> round_files = std::make_shared<RoundFiles>();

  // Paths below the roots: Proc("net/dev"), Sys("class/net"), Root("etc/os-release").
  std::string Proc(std::string_view below) const { return Below(procfs, below); }
  // For files below procfs that more than one part reads.
  RoundFile& SharedProc(std::string_view below) const { return round_files->Get(fs, Proc(below)); }
  std::string Sys(std::string_view below) const { return Below(sysfs, below); }
  std::string Root(std::string_view below) const { return Below(rootfs, below); }
  static std::string Below(const std::string& root, std::string_view below) {
    std::string path = root;
    if (path.empty() || path.back() != '/') path += '/';
    return path.append(below);
  }
};

class Part {
 public:
  virtual ~Part() = default;
  // Adds this round's series. What was added before an error is still shown. A part that may take long gives up with
  // timeout when `deadline` has come.
  virtual base::Status Collect(FamilySink& sink, base::MonotonicTime deadline) = 0;
};

struct PartSpec {
  std::string_view name;
  bool on_by_default = true;
  std::string_view help;  // one sentence
  std::span<const MetricSpec* const> metrics;
  std::span<const config::Option> options = {};  // the section named after the part
  // `options` was checked against the table above. An error refuses the configuration.
  base::Result<std::unique_ptr<Part>> (*make)(const HostEnvironment& environment,
                                              const config::Values& options) = nullptr;
};

// The usual `make`: a T built from the environment, or from the environment and the options.
template <typename T>
base::Result<std::unique_ptr<Part>> MakePart(const HostEnvironment& environment, const config::Values&) {
  return std::unique_ptr<Part>(std::make_unique<T>(environment));
}
template <typename T>
base::Result<std::unique_ptr<Part>> MakePartWithOptions(const HostEnvironment& environment,
                                                        const config::Values& options) {
  return std::unique_ptr<Part>(std::make_unique<T>(environment, options));
}

// Every part, sorted by name (parts.cc).
std::span<const PartSpec* const> AllParts();

}  // namespace bekci::exporters::host
