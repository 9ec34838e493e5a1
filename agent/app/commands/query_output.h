// QueryOutput: answers of the Prometheus API as `bekci query` prints them: a table for people, CSV for programs.
//
// The answer comes from a server that may be any, so it is read with suspicion: what is not there is empty.
// Thread rule: functions without state.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/status.h"

namespace bekci::app::commands {

struct QueryPoint {
  double seconds = 0;  // since the Unix epoch
  std::string value;   // as the server wrote it; a native histogram as its count, sum and buckets
};

struct QuerySeries {
  std::vector<std::pair<std::string, std::string>> labels;  // sorted, __name__ among them
  std::vector<QueryPoint> points;                           // by time
};

struct QueryAnswer {
  std::string error;  // empty: the query was answered
  std::string error_type;
  std::string type;                 // "scalar", "vector", "matrix", "string"
  std::vector<QuerySeries> series;  // of a scalar or string: one, without labels
  std::vector<std::string> warnings;
  std::vector<std::string> infos;
};

// Errors: corrupt, when it is no such answer.
base::Result<QueryAnswer> ParseQueryAnswer(std::string_view json);

// up{instance="x"}: as a query would select it.
std::string MetricText(const QuerySeries& series);
// RFC 3339 in UTC.
std::string TimeText(double seconds);

void PrintTable(const QueryAnswer& answer, std::ostream& out);
// A column for each label that occurs, then timestamp (seconds) and value; RFC 4180.
void PrintCsv(const QueryAnswer& answer, std::ostream& out);

}  // namespace bekci::app::commands
