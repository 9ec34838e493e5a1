#include "exporters/mysql/recorded_server.h"

#include <algorithm>
#include <utility>

#include "agent/base/file_system.h"
#include "agent/base/text.h"

namespace bekci::exporters::mysql {
namespace {

std::string Unescape(std::string_view cell) {
  std::string text;
  for (size_t i = 0; i < cell.size(); ++i) {
    if (cell[i] != '\\' || i + 1 == cell.size()) {
      text += cell[i];
      continue;
    }
    const char c = cell[++i];
    text += c == 'n' ? '\n' : c == 't' ? '\t' : c;
  }
  return text;
}

// Whether `statement` has the pieces of `pattern`, which stand between " ... ", one after the other.
bool Fits(std::string_view statement, std::string_view pattern) {
  constexpr std::string_view kGap = " ... ";
  if (pattern.find(kGap) == std::string_view::npos) return statement == pattern;
  while (true) {
    const size_t gap = pattern.find(kGap);
    const std::string_view piece = pattern.substr(0, gap);
    const size_t at = statement.find(piece);
    if (at == std::string_view::npos) return false;
    if (gap == std::string_view::npos) return true;
    statement.remove_prefix(at + piece.size());
    pattern.remove_prefix(gap + kGap.size());
  }
}

}  // namespace

class RecordedConnection : public Connection {
 public:
  explicit RecordedConnection(RecordedServer& server) : server_(server) {}

  base::Status Run(std::span<const std::string_view> statements, std::span<Answer* const> answers,
                   base::MonotonicTime) override {
    ++server_.batches;
    for (Answer* answer : answers) {
      answer->table.Clear();
      answer->status = base::OkStatus();
      answer->error = 0;
      answer->done = {};
    }
    if (!server_.break_at_next_run.ok()) return std::exchange(server_.break_at_next_run, base::OkStatus());
    for (size_t i = 0; i < statements.size(); ++i) {
      server_.asked.emplace_back(statements[i]);
      if (!server_.hang_at.empty() && statements[i].find(server_.hang_at) != std::string_view::npos) {
        return base::Timeout("recorded: no answer in time");
      }
      server_.Fill(statements[i], answers[i]);
    }
    return base::OkStatus();
  }

 private:
  RecordedServer& server_;
};

class RecordedConnector : public Connector {
 public:
  explicit RecordedConnector(RecordedServer& server) : server_(server) {}
  base::Result<std::unique_ptr<Connection>> Connect(base::MonotonicTime) override {
    if (!server_.refuse_connect.ok()) return server_.refuse_connect;
    ++server_.connects;
    return std::unique_ptr<Connection>(std::make_unique<RecordedConnection>(server_));
  }
  std::string Target() const override { return "recorded"; }

 private:
  RecordedServer& server_;
};

void RecordedServer::Load(const std::string& name) {
  base::RealFileSystem fs;
  const auto text = fs.ReadFile(std::string(BEKCI_SOURCE_DIR) + "/exporters/mysql/testdata/" + name);
  BEKCI_CHECK(text.ok());
  Add(*text);
}

void RecordedServer::Add(const std::string& text) {
  std::vector<std::string> statements;
  std::shared_ptr<Recorded> block;
  base::LineReader lines(text);
  for (std::string_view line; lines.Next(&line);) {
    if (line.starts_with("#")) continue;
    if (line.starts_with("> ")) {
      if (block == nullptr || !block->lines.empty() || block->error != 0) block = std::make_shared<Recorded>();
      answers_.emplace_back(line.substr(2), block);
    } else if (line.empty() || block == nullptr) {
      block = nullptr;
    } else if (line.starts_with("! ")) {
      const std::string_view rest = line.substr(2);
      block->error = static_cast<unsigned>(base::ParseUint(rest.substr(0, 4)).value_or(0));
      block->message = rest.substr(5);
    } else {
      block->lines.emplace_back(line);
    }
  }
}

std::unique_ptr<Connector> RecordedServer::MakeConnector() {
  return std::make_unique<RecordedConnector>(*this);
}

void RecordedServer::Fill(std::string_view statement, Answer* answer) const {
  answer->done = clock_.Monotonic();
  if (statement.starts_with("SET ")) return;
  const auto found = std::find_if(answers_.rbegin(), answers_.rend(),
                                  [&](const auto& recorded) { return Fits(statement, recorded.first); });
  const unsigned error = found == answers_.rend() ? unsigned{kErrorParse} : found->second->error;
  if (error != 0) {
    answer->error = error;
    answer->status = StatusOfServerError(error, found == answers_.rend() ? "not recorded" : found->second->message);
    return;
  }
  bool head = true;
  for (const std::string& line : found->second->lines) {
    for (const std::string_view cell : base::Split(line, '\t')) {
      if (head) {
        answer->table.AddColumn(cell);
      } else if (cell == "NULL") {
        answer->table.AddNull();
      } else {
        answer->table.AddCell(Unescape(cell));
      }
    }
    head = false;
  }
}

}  // namespace bekci::exporters::mysql
