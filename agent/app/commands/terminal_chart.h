// TerminalChart: the curves of a range query, drawn with letters.
//
//    42 |          aa
//       |    aaaaaa  aaa
//   3.5 | aaa   bbbbbbbbb
//       +----------------
//         14:00:00   15:00:00
//     a  up{job="x"}
//
// Thread rule: functions without state.
#pragma once

#include <iosfwd>

#include "agent/app/commands/query_output.h"

namespace bekci::app::commands {

struct ChartSize {
  size_t columns = 72;  // of the plot, without the axis
  size_t rows = 16;
};

// The first 26 series; what is no finite number is not drawn.
void PrintChart(const QueryAnswer& answer, ChartSize size, std::ostream& out);

}  // namespace bekci::app::commands
