// The contract of a part: one subject of the mysql collector, named as mysqld_exporter names its collector
// (global_status, info_schema.tables ...), with that collector's metric names, types, labels and help texts.
//
// A part does not speak to the server. It says which statements it wants answered; Mysql (mysql.cc) sends the
// statements of all parts in one batch and hands each part its answers. A statement may have several dialects, newest
// or most telling first: the server is asked with one after the other until it does not say that it lacks what is named
// (unknown column, table, syntax ...), and the one it understood is kept for the connection. So what a server has is
// asked of it, not guessed from its version.
//
// A part's file ends with its PartSpec; a row in parts.cc makes it known. From the spec come its options (a section of
// the collector's, under the part's name), its rows in the README's tables and its name for collect[]= and exclude[]=.
//
// Rules for a part: answers are read as if an enemy had written them; series in a stable order; nothing allocated once
// the server stands still.
// Thread rule: one thread at a time calls the parts of one Mysql.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"
#include "agent/collect/family_sink.h"
#include "agent/config/option.h"
#include "exporters/mysql/result_table.h"

namespace bekci::exporters::mysql {

using collect::FamilySink;
using collect::MetricSpec;
using model::MetricType;

struct Statement {
  std::vector<std::string> dialects;
  // A server that has none of the dialects gives an empty answer, and the part lives without it. Not optional: the part
  // has nothing to report there.
  bool optional = false;
};

// What parts may know of the configuration.
struct PartEnvironment {
  size_t row_budget = 1000;
};

class Part {
 public:
  virtual ~Part() = default;
  // Constant during the part's life.
  virtual const std::vector<Statement>& statements() const = 0;
  // Adds this round's series from the answers, in the order of statements().
  virtual base::Status Read(std::span<const ResultTable* const> answers, FamilySink& sink) = 0;
  // Rows of the last Read that were not shown because of the row budget.
  virtual uint64_t left_out() const { return 0; }
};

struct PartSpec {
  std::string_view name;
  bool on_by_default = false;
  std::string_view help;  // one sentence
  std::span<const MetricSpec* const> metrics;
  std::span<const config::Option> options = {};  // the section named after the part
  bool bounded = false;                          // shows rows of a table, under the row budget
  // `options` was checked against the table above. An error refuses the configuration.
  base::Result<std::unique_ptr<Part>> (*make)(const PartEnvironment& environment,
                                              const config::Values& options) = nullptr;
};

// The usual `make`: a T without options.
template <typename T>
base::Result<std::unique_ptr<Part>> MakePart(const PartEnvironment&, const config::Values&) {
  return std::unique_ptr<Part>(std::make_unique<T>());
}
template <typename T>
base::Result<std::unique_ptr<Part>> MakePartWithOptions(const PartEnvironment& environment,
                                                        const config::Values& options) {
  return std::unique_ptr<Part>(std::make_unique<T>(environment, options));
}

// Every part, sorted by name (parts.cc).
std::span<const PartSpec* const> AllParts();

}  // namespace bekci::exporters::mysql
