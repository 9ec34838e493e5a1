#include "exporters/redis/recorded_server.h"

#include <doctest/doctest.h>

#include "agent/base/file_system.h"
#include "agent/base/text.h"

namespace bekci::exporters::redis {

std::string Recorded(const std::string& name) {
  base::RealFileSystem fs;
  auto text = fs.ReadFile(std::string(BEKCI_SOURCE_DIR) + "/exporters/redis/testdata/" + name);
  REQUIRE_MESSAGE(text.ok(), name);
  return *std::move(text);
}

namespace {

std::string KeyOf(const std::string& name, const model::Metric& metric) {
  std::string key = name;
  for (const auto& [label, value] : metric.labels) {
    key.append(key.size() == name.size() ? "{" : ",").append(label).append("=\"").append(value).append("\"");
  }
  return key.size() == name.size() ? key : key + "}";
}

}  // namespace

std::map<std::string, double> SeriesOf(collect::FamilySink& sink, std::vector<std::string>* problems) {
  std::map<std::string, double> series;
  for (const model::MetricFamily& family : model::ToFamilies(sink.FinishRound(problems))) {
    for (const model::Metric& metric : family.metrics) {
      if (family.type != model::MetricType::kHistogram && family.type != model::MetricType::kSummary) {
        series[KeyOf(family.name, metric)] = metric.value;
        continue;
      }
      series[KeyOf(family.name + "_sum", metric)] = metric.sum;
      series[KeyOf(family.name + "_count", metric)] = metric.count;
      for (const model::BoundValue& one : metric.buckets) {
        series[KeyOf(family.name + "_le" + base::DoubleText(one.bound), metric)] = one.value;
      }
      for (const model::BoundValue& one : metric.quantiles) {
        series[KeyOf(family.name + "_p" + base::DoubleText(one.bound), metric)] = one.value;
      }
    }
  }
  return series;
}

std::vector<std::string> CommandsOf(const Pipeline& pipeline) {
  ReplyReader reader;
  REQUIRE(reader.Feed(pipeline.bytes()).ok());
  std::vector<std::string> commands;
  for (size_t i = 0; i < pipeline.size(); ++i) {
    const auto reply = reader.Next();
    REQUIRE(reply.ok());
    REQUIRE(*reply != nullptr);
    std::string& command = commands.emplace_back();
    for (const Reply& word : (*reply)->elements) command.append(command.empty() ? "" : " ").append(word.text);
  }
  return commands;
}

base::Result<Replies> ScriptedChannel::Run(const Pipeline& pipeline, base::MonotonicTime) {
  ++round_trips_;
  replies_.clear();
  for (const std::string& command : CommandsOf(pipeline)) {
    asked_.push_back(command);
    const auto answer = answers_.find(command);
    const std::string resp = answer != answers_.end() ? answer->second : "-ERR unknown command\r\n";
    REQUIRE(reader_.Feed(resp).ok());
    const auto reply = reader_.Next();
    REQUIRE(reply.ok());
    REQUIRE(*reply != nullptr);
    replies_.push_back(*reply);
  }
  return Replies(replies_);
}

}  // namespace bekci::exporters::redis
