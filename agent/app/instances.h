// The collectors: section: what is to be collected, as instances of the collectors of this build.
//
//     collectors:
//       host: {}                          # one instance, named after the host
//       mysql: {address: "127.0.0.1:3306"}   # one, with options
//       redis:                            # several, with names
//         - {instance: cache, address: ...}
//         - {instance: queue, address: ...}
//
// Without the section every collector that is on by default runs; with it, what it names and nothing else.
// Thread rule: pure but for secret files, which are opened to see whether they can be read.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/base/file_system.h"
#include "agent/collect/collection.h"
#include "agent/collect/collector.h"
#include "agent/config/node.h"
#include "agent/config/option.h"

namespace bekci::app {

// What flags say about the host collector, whatever the file says. Empty: nothing. Without a host collector they count
// for nothing.
struct HostOverrides {
  std::string procfs;
  std::string sysfs;
  std::string rootfs;
  std::vector<std::string> textfile_directories;
  std::map<std::string, bool> parts;  // part -> on or off, as --collector.<part> and --no-collector.<part>
};

struct InstanceDefaults {
  std::string host_name;                          // names an instance that has no name
  std::optional<base::Duration> scrape_interval;  // of collectors that are fresh, when the file has one
  std::string base_directory;                     // relative paths start here
};

// The options that every collector has besides its own: instance, interval, deadline, max_series.
std::span<const config::Option> CommonOptions();
// `spec`'s options with the common ones before them.
std::vector<config::Option> OptionsOf(const collect::CollectorSpec& spec);

// `section` is the value of collectors:, or null when the file has none. Sorted by collector; instances as in the file.
// Wrong instances are left out, and told in `errors`.
std::vector<collect::InstanceConfig> ResolveInstances(const config::Node* section,
                                                      std::span<const collect::CollectorSpec* const> collectors,
                                                      const InstanceDefaults& defaults, const HostOverrides& overrides,
                                                      base::FileSystem& fs, config::Errors* errors);

// The section that would give exactly these instances, secrets masked: for `bekci config show`.
config::Node InstancesNode(std::span<const collect::InstanceConfig> instances,
                           std::span<const collect::CollectorSpec* const> collectors);

// A text in a tree that came from a flag and not from a file: errors name the flag.
config::Node FlagNode(const std::string& text, const std::string& flag);
// Sets `path` (keys from `root` down) to `value`, making mappings on the way. Leaves what is no mapping for Check to
// refuse.
void SetInTree(config::Node* root, std::span<const std::string_view> path, config::Node value, const std::string& flag);

}  // namespace bekci::app
