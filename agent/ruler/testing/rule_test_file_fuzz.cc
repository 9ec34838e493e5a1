// Any bytes as a test file, run to its end under small bounds: what it asks for must be refused or done, and the report
// must be printable in every form.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/base/memory_file_system.h"
#include "agent/ruler/testing/file_run.h"
#include "agent/ruler/testing/test_file.h"

namespace {

using namespace bekci;  // NOLINT(google-build-using-namespace): a program of one file

constexpr const char* kRules = R"(
groups:
  - name: g
    rules:
      - {record: 'job:x:sum', expr: sum by (job) (x)}
      - alert: High
        expr: x > 1
        for: 1m
        annotations: {summary: '{{ $labels.job }} {{ $value }}'}
)";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  base::MemoryFileSystem fs;
  if (!fs.WriteFileAtomic("/r.yml", kRules).ok() || !fs.WriteFileAtomic("/t.yml", text).ok()) std::abort();
  ruler::testing::FileRunOptions options;
  options.run.limits = {.max_steps = 60, .max_series = 20, .max_samples = 2000};
  options.run.features = promql::Features::All();
  options.run.dump = true;
  size_t tests = 0;
  options.wanted = [&tests](const std::string&) { return ++tests <= 20; };  // each is bounded, a file of them is not
  const ruler::testing::FileReport report = ruler::testing::RunTestFile(fs, "/t.yml", options);
  if (report.failed_checks() > 0 && report.passed()) std::abort();
  if (ruler::testing::ReportText(report).empty() || ruler::testing::JUnitXml({report}).empty()) std::abort();
  return 0;
}
