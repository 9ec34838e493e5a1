// Our own form: `slos:`, the shortest that says what an objective is. The keys stand in short_form_options.h.
#include "agent/ruler/slo/short_form_options.h"

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/ruler/slo/dialects.h"
#include "agent/ruler/slo/indicator_queries.h"
#include "agent/ruler/slo/window_text.h"

namespace bekci::ruler::slo {
namespace {

struct Comparison {
  std::string_view word;
  std::string_view sign;
};
constexpr Comparison kSigns[] = {{"lte", "<="}, {"lt", "<"}, {"gte", ">="}, {"gt", ">"}};

std::string_view SignOf(std::string_view word) {
  for (const Comparison& comparison : kSigns) {
    if (comparison.word == word) return comparison.sign;
  }
  return "<=";
}

struct CalendarWord {
  std::string_view word;
  CalendarPeriod::Unit unit;
  int count;
  int days;  // its usual length, for the recording rules
};
constexpr CalendarWord kCalendarWords[] = {
    {"week", CalendarPeriod::Unit::kWeek, 1, 7},
    {"month", CalendarPeriod::Unit::kMonth, 1, 30},
    {"quarter", CalendarPeriod::Unit::kMonth, 3, 90},
    {"year", CalendarPeriod::Unit::kYear, 1, 365},
};

// One objective of the file: its own values, and the file's for what it leaves out.
class ObjectiveReader {
 public:
  ObjectiveReader(const config::Values& values, const config::Values& file, const Reading& reading)
      : values_(values), file_(file), reading_(reading) {}

  void Read() {
    const size_t before = reading_.errors->lines().size();
    slo_.mark = values_.mark();
    slo_.service = values_.Has("service") ? values_.String("service") : file_.String("service");
    slo_.name = values_.String("name");
    slo_.description = values_.String("description");
    slo_.objective_percent = values_.Float("objective");
    slo_.labels = Merged(ToTextMap(file_.StringMap("labels")), values_.StringMap("labels"));
    slo_.by = values_.Strings("by");
    slo_.min_bad_events = values_.Float("min_events");
    slo_.confidence = values_.Float("confidence");
    if (slo_.service.empty()) Wrong("service", "service: is missing here and at the top of the file");
    ReadWindow();
    ReadAlerts();
    ReadIndicator();
    if (reading_.errors->lines().size() == before) TakeIn(std::move(slo_), reading_);
  }

 private:
  void Wrong(std::string_view key, const std::string& message) { reading_.errors->Add(values_.MarkOf(key), message); }

  void ReadWindow() {
    const std::string& text = values_.String("window");
    if (text.empty()) {
      slo_.period = reading_.default_period;
    } else if (!ReadCalendar(text)) {
      const auto period = base::ParseDuration(text);
      if (!period.ok() || *period < base::hours(1) || *period > base::hours(24 * 366)) {
        Wrong("window", "window: " + base::Quoted(text) +
                            " must be a duration between 1h and 366d, or week, month, quarter or year");
        return;
      }
      slo_.period = *period;
    }
    if (values_.Has("time_zone") && !slo_.calendar.has_value()) {
      Wrong("time_zone", "time_zone: means something only with a calendar window (month, quarter, year)");
    }
    slo_.windows = reading_.windows.FindOrDerive(slo_.period);
  }

  bool ReadCalendar(const std::string& text) {
    for (const CalendarWord& word : kCalendarWords) {
      if (word.word != text) continue;
      slo_.calendar = CalendarPeriod{.unit = word.unit, .count = word.count};
      if (word.unit == CalendarPeriod::Unit::kWeek) slo_.calendar->day = 5;  // the first Monday of 1970
      if (values_.Has("time_zone")) slo_.calendar->zone = values_.String("time_zone");
      slo_.period = base::hours(24 * word.days);
      return true;
    }
    return false;
  }

  SloAlert AlertOf(std::string_view tier) {
    SloAlert alert;
    alert.disabled = file_.Section("alert").Section(tier).Bool("disable");
    for (const config::Values* section : {&file_.Section("alert"), &values_.Section("alert")}) {
      const config::Values& own = section->Section(tier);
      if (own.IsSetInFile("disable")) alert.disabled = own.Bool("disable");
      for (const config::Values* from : {section, &own}) {
        alert.labels = Merged(alert.labels, from->StringMap("labels"));
        alert.annotations = Merged(alert.annotations, from->StringMap("annotations"));
      }
    }
    return alert;
  }

  void ReadAlerts() {
    const config::Values& own = values_.Section("alert");
    slo_.alert_name = own.IsSetInFile("name") ? own.String("name") : file_.Section("alert").String("name");
    slo_.page = AlertOf("page");
    slo_.ticket = AlertOf("ticket");
  }

  void ReadIndicator() {
    std::vector<std::string_view> given;
    for (const std::string_view key : {"bad", "good", "latency", "slices", "probe", "raw"}) {
      if (values_.IsSetInFile(key)) given.push_back(key);
    }
    constexpr std::string_view kOneOf = "one of bad and total, good and total, latency, slices, probe, raw";
    if (given.size() != 1) {
      reading_.errors->Add(values_.mark(), given.empty() ? "says not what is measured: " + std::string(kOneOf)
                                                         : std::string(given[0]) + " and " + std::string(given[1]) +
                                                               ": only one is possible, " + std::string(kOneOf));
      return;
    }
    const bool ratio = given[0] == "bad" || given[0] == "good";
    if (ratio != values_.IsSetInFile("total")) {
      Wrong(ratio ? given[0] : "total",
            ratio ? std::string(given[0]) + ": needs total beside it" : "total: belongs to bad or good");
      return;
    }
    auto indicator = IndicatorOf(given[0]);
    if (!indicator.ok()) {
      Wrong(given[0], indicator.status().message());
      return;
    }
    slo_.indicator = std::move(*indicator);
  }

  base::Result<Indicator> IndicatorOf(std::string_view key) {
    if (key == "bad") {
      return EventRatio(Indicator::Kind::kBad, values_.String("bad"), values_.String("total"), slo_.by);
    }
    if (key == "good") {
      return EventRatio(Indicator::Kind::kGood, values_.String("good"), values_.String("total"), slo_.by);
    }
    if (key == "latency") {
      const config::Values& latency = values_.Section("latency");
      return Latency(latency.String("histogram"), base::ToSeconds(latency.Duration("threshold")),
                     latency.Bool("native"), slo_.by);
    }
    if (key == "slices") return Slices(values_.Section("slices"));
    if (key == "probe") return Uptime(values_.String("probe"), slo_.by);
    return Raw();
  }

  base::Result<Indicator> Slices(const config::Values& slices) {
    RETURN_IF_ERROR(CheckQuery(slices.String("query")).WithContext("query"));
    Indicator indicator;
    indicator.kind = Indicator::Kind::kSlices;
    indicator.slice_every = slices.Duration("every");
    indicator.slice = "(" + std::string(base::Trim(WithoutComments(slices.String("query")))) + ") " +
                      std::string(SignOf(slices.String("op"))) + " bool " + base::DoubleText(slices.Float("value"));
    return indicator;
  }

  base::Result<Indicator> Raw() {
    const std::string& query = values_.String("raw");
    if (!HasWindow(query)) return base::Invalid("raw: has no {{.window}}; it goes where the range stands");
    RETURN_IF_ERROR(CheckQuery(query).WithContext("raw"));
    Indicator indicator;
    indicator.kind = Indicator::Kind::kRaw;
    indicator.bad = WithoutComments(query);
    return indicator;
  }

  const config::Values& values_;
  const config::Values& file_;
  const Reading& reading_;
  Slo slo_;
};

}  // namespace

void ReadShortForm(const config::Node& document, const Reading& reading) {
  const size_t before = reading.errors->lines().size();
  const config::Values file = config::Check(document, kShortFormOptions, reading.errors);
  if (reading.errors->lines().size() != before) return;
  if (file.Sections("slos").empty()) reading.errors->Add(file.mark(), "slos: at least one is needed");
  for (const config::Values& values : file.Sections("slos")) ObjectiveReader(values, file, reading).Read();
}

}  // namespace bekci::ruler::slo
