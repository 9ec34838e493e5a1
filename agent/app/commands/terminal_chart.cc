#include "agent/app/commands/terminal_chart.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <ostream>

#include "agent/base/text.h"

namespace bekci::app::commands {
namespace {

constexpr size_t kMaxSeries = 26;

struct Bounds {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void Include(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
  // Where `value` falls among `cells`, 0 the lowest. Halved, so that no difference overflows.
  size_t CellOf(double value, size_t cells) const {
    const double span = high / 2 - low / 2;
    if (!(span > 0)) return cells / 2;
    const double at = (value / 2 - low / 2) / span * static_cast<double>(cells - 1);
    return std::min(cells - 1, static_cast<size_t>(std::max(0.0, std::round(at))));
  }
};

struct Dot {
  double seconds;
  double value;
};

std::vector<Dot> DotsOf(const QuerySeries& series) {
  std::vector<Dot> dots;
  for (const QueryPoint& point : series.points) {
    const auto value = base::ParseDouble(point.value);
    if (value && std::isfinite(*value) && std::isfinite(point.seconds)) dots.push_back({point.seconds, *value});
  }
  return dots;
}

std::string AxisText(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

void PrintRows(const std::vector<std::string>& grid, const Bounds& values, std::ostream& out) {
  const std::string top = AxisText(values.high);
  const std::string bottom = AxisText(values.low);
  const size_t width = std::max(top.size(), bottom.size());
  const auto padded = [&](const std::string& text) { return std::string(width - text.size(), ' ') + text; };
  for (size_t row = 0; row < grid.size(); ++row) {
    const std::string label = row == 0 ? top : row + 1 == grid.size() ? bottom : std::string();
    std::string line = padded(label) + " |" + grid[row];
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << "\n";
  }
  out << std::string(width, ' ') << " +" << std::string(grid[0].size(), '-') << "\n" << std::string(width + 2, ' ');
}

}  // namespace

void PrintChart(const QueryAnswer& answer, ChartSize size, std::ostream& out) {
  const size_t count = std::min(answer.series.size(), kMaxSeries);
  std::vector<std::vector<Dot>> curves;
  Bounds times;
  Bounds values;
  for (size_t i = 0; i < count; ++i) {
    curves.push_back(DotsOf(answer.series[i]));
    for (const Dot& dot : curves.back()) {
      times.Include(dot.seconds);
      values.Include(dot.value);
    }
  }
  if (values.empty()) {
    out << "nothing to draw\n";
    return;
  }
  std::vector<std::string> grid(size.rows, std::string(size.columns, ' '));
  for (size_t i = 0; i < count; ++i) {
    for (const Dot& dot : curves[i]) {
      const size_t row = size.rows - 1 - values.CellOf(dot.value, size.rows);
      grid[row][times.CellOf(dot.seconds, size.columns)] = static_cast<char>('a' + i);
    }
  }
  PrintRows(grid, values, out);
  const std::string first = TimeText(times.low);
  const std::string last = TimeText(times.high);
  const size_t used = first.size() + last.size();
  out << first;
  if (times.high > times.low) out << std::string(size.columns > used ? size.columns - used : 1, ' ') << last;
  out << "\n";
  for (size_t i = 0; i < count; ++i)
    out << "  " << static_cast<char>('a' + i) << "  " << MetricText(answer.series[i]) << "\n";
  if (answer.series.size() > count) out << "  and " << answer.series.size() - count << " more\n";
}

}  // namespace bekci::app::commands
