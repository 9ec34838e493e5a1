#include "agent/promql/testing/script.h"

#include <re2/re2.h>

#include <map>
#include <utility>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/promql/features.h"
#include "agent/promql/parser.h"
#include "agent/promql/testing/script_lines.h"

namespace bekci::promql::testing {
namespace {

// A load line is `labels items` or `labels@st items`.
struct LoadLine {
  model::Labels labels;
  bool is_start = false;
  std::string_view items;
};

base::Result<LoadLine> SplitLoadLine(std::string_view line) {
  LoadLine out;
  std::string_view rest = line;
  ASSIGN_OR_RETURN(out.labels, TakeSeriesLabels(&rest));
  if (rest.starts_with("@st")) {
    out.is_start = true;
    rest.remove_prefix(3);
  }
  out.items = base::Trim(rest);
  return out;
}

// Start timestamps wait for the line of their series, which comes next.
class LoadReader {
 public:
  explicit LoadReader(LoadCommand* load) : load_(load) {}

  base::Status Add(std::string_view line) {
    ASSIGN_OR_RETURN(const LoadLine parts, SplitLoadLine(line));
    if (parts.is_start) {
      if (!starts_.empty()) return base::Invalid("start timestamps without their series");
      start_labels_ = parts.labels;
      ASSIGN_OR_RETURN(starts_, ParseStartOffsets(parts.items));
      return base::OkStatus();
    }
    LoadedSeries loaded;
    ASSIGN_OR_RETURN(loaded.series, ParseSeriesLine(line));
    if (!starts_.empty()) {
      if (loaded.series.labels != start_labels_) return base::Invalid("start timestamps of another series");
      if (loaded.series.positions.size() != starts_.size()) {
        return base::Invalid("as many start timestamps as values are needed");
      }
      loaded.starts = std::exchange(starts_, {});
    }
    std::erase_if(load_->series,
                  [&](const LoadedSeries& other) { return other.series.labels == loaded.series.labels; });
    load_->series.push_back(std::move(loaded));
    return base::OkStatus();
  }

  base::Status Finish() const {
    return starts_.empty() ? base::OkStatus() : base::Invalid("start timestamps without their series");
  }

 private:
  LoadCommand* load_;
  model::Labels start_labels_;
  std::vector<std::optional<int64_t>> starts_;
};

base::Result<LoadCommand> ReadLoad(ScriptLines* lines) {
  static const re2::RE2 kHead(R"((load|load_with_nhcb)\s+(.+?))");
  std::string word, step;
  if (!re2::RE2::FullMatch(std::string(lines->Current()), kHead, &word, &step)) {
    return lines->Error("bad load command");
  }
  LoadCommand load;
  load.with_custom_buckets = word == "load_with_nhcb";
  const auto step_ms = ScriptDuration(step);
  if (!step_ms.ok()) return lines->Error(step_ms.status().message());
  load.step_ms = *step_ms;
  LoadReader reader(&load);
  for (lines->Advance(); !lines->Current().empty(); lines->Advance()) {
    if (const base::Status status = reader.Add(lines->Current()); !status.ok()) return lines->Error(status.message());
  }
  if (const base::Status status = reader.Finish(); !status.ok()) return lines->Error(status.message());
  return load;
}

// eval_fail and the like, which say in the command what is now said below it.
base::Status ApplyMode(const std::string& mode, EvalCommand* eval) {
  if (mode == "fail") eval->fail.emplace();
  if (mode == "warn") eval->warnings.emplace_back();
  if (mode == "info") eval->infos.emplace_back();
  if (mode == "ordered") eval->ordered = true;
  return base::OkStatus();
}

base::Result<EvalCommand> ReadEvalHead(const std::string& line) {
  static const re2::RE2 kInstant(R"(eval(?:_(fail|warn|ordered|info))?\s+instant\s+(?:at\s+(.+?))?\s+(.+))");
  static const re2::RE2 kRange(R"(eval(?:_(fail|warn|info))?\s+range\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+?)\s+(.+))");
  EvalCommand eval;
  std::string mode, from, to, step;
  if (re2::RE2::FullMatch(line, kInstant, &mode, &from, &eval.query)) {
    ASSIGN_OR_RETURN(eval.start_ms, ScriptDuration(from));
    eval.end_ms = eval.start_ms;
  } else if (re2::RE2::FullMatch(line, kRange, &mode, &from, &to, &step, &eval.query)) {
    eval.is_range = true;
    ASSIGN_OR_RETURN(eval.start_ms, ScriptDuration(from));
    ASSIGN_OR_RETURN(eval.end_ms, ScriptDuration(to));
    ASSIGN_OR_RETURN(eval.step_ms, ScriptDuration(step));
    if (eval.end_ms < eval.start_ms) return base::Invalid("invalid test definition, end is before start");
    if (eval.step_ms <= 0) return base::Invalid("a step must be greater than 0");
  } else {
    return base::Invalid("bad eval command");
  }
  RETURN_IF_ERROR(ApplyMode(mode, &eval));
  const auto parsed = ParseExpr(eval.query, Features::All());
  if (!parsed.ok()) return base::Invalid("parse error: " + parsed.status().message());
  return eval;
}

base::Result<EvalCommand> ReadEval(ScriptLines* lines) {
  auto eval = ReadEvalHead(std::string(lines->Current()));
  if (!eval.ok()) return lines->Error(eval.status().message());
  lines->Advance();
  RETURN_IF_ERROR(ReadExpectations(lines, &*eval));
  return eval;
}

}  // namespace

ScriptLines::ScriptLines(std::string_view text) {
  for (std::string_view line : base::Split(text, '\n')) {
    line = base::Trim(line);
    lines_.push_back(line.starts_with('#') ? std::string_view() : line);
  }
}

base::Status ScriptLines::Error(std::string_view message) const {
  return base::Invalid("line " + std::to_string(number()) + ": " + std::string(message));
}

base::Result<int64_t> ScriptDuration(std::string_view text) {
  ASSIGN_OR_RETURN(const base::Duration duration, base::ParseDuration(base::Trim(text)));
  return base::ToMillis(duration);
}

base::Result<std::vector<Command>> ParseScript(std::string_view text) {
  std::vector<Command> commands;
  ScriptLines lines(text);
  while (!lines.AtEnd()) {
    const std::string_view line = lines.Current();
    if (line.empty()) {
      lines.Advance();
      continue;
    }
    Command command{lines.number(), ClearCommand{}};
    const std::string word = base::ToLower(line.substr(0, line.find_first_of(" \t")));
    if (word == "clear") {
      lines.Advance();
    } else if (word.starts_with("load")) {
      ASSIGN_OR_RETURN(command.what, ReadLoad(&lines));
    } else if (word.starts_with("eval")) {
      ASSIGN_OR_RETURN(command.what, ReadEval(&lines));
    } else {
      return lines.Error("invalid command " + base::Quoted(line));
    }
    commands.push_back(std::move(command));
  }
  return commands;
}

}  // namespace bekci::promql::testing
