// bekci why ALERT: why an alert fires, or does not, as the running agent sees it. Sentences first, data below.
#include <nlohmann/json.hpp>
#include <ostream>

#include "agent/app/commands/api_client.h"
#include "agent/app/commands/commands.h"

namespace bekci::app::commands {
namespace {

using Json = nlohmann::json;

constexpr Flag kFlags[] = {
    {.name = "server",
     .value = "URL",
     .default_text = kDefaultServer,
     .help = "The agent to ask. user:password@ is sent as basic authentication."},
    {.name = "at", .value = "TIME", .help = "Unix seconds or RFC 3339; without it, the last evaluation."},
    {.name = "output", .alias = "o", .value = "FORM", .default_text = "text", .help = "text or json."},
};

std::string Text(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

void PrintParts(const Json& parts, std::ostream& out) {
  out << "\nThe expression, part by part:\n";
  for (const Json& part : parts) {
    const std::string indent(2 * static_cast<size_t>(part.value("depth", 0)) + 2, ' ');
    out << indent << (part.value("decides", false) ? "* " : "  ") << Text(part, "expr") << "\n";
    out << indent << "    " << Text(part, "series") << " series (its selectors match " << Text(part, "selected") << ")";
    if (part.contains("note")) out << "; " << Text(part, "note");
    if (part.contains("error")) out << "; error: " << Text(part, "error");
    out << "\n";
    for (const Json& series : part.value("values", Json::array())) {
      out << indent << "    " << Text(series, "series") << "  " << Text(series, "value") << "\n";
    }
  }
}

void PrintEvaluations(const Json& evaluations, std::ostream& out) {
  if (evaluations.empty()) return;
  out << "\nLast evaluations (time, took, samples read, series, state):\n";
  for (const Json& one : evaluations) {
    out << "  " << Text(one, "time") << "  " << Text(one, "durationSeconds") << "s  " << Text(one, "samplesRead")
        << "  " << Text(one, "seriesReturned") << "  " << Text(one, "state");
    if (one.contains("error")) out << "  " << Text(one, "error");
    out << "\n";
  }
}

void Print(const Json& explanation, std::ostream& out) {
  out << Text(explanation, "alert") << "  (" << Text(explanation, "file") << ", group " << Text(explanation, "group")
      << ")\n  " << Text(explanation, "query") << "\n\n";
  for (const Json& sentence : explanation.value("sentences", Json::array())) {
    out << sentence.get<std::string>() << "\n";
  }
  PrintParts(explanation.value("parts", Json::array()), out);
  PrintEvaluations(explanation.value("evaluations", Json::array()), out);
}

}  // namespace

std::span<const Flag> WhyFlags() {
  return kFlags;
}

int RunWhy(const Arguments& arguments, Console console) {
  const std::string form = arguments.Value("output");
  if (form != "text" && form != "json") {
    PrintError(console.err, "--output=" + form + ": must be text or json");
    return kExitUsage;
  }
  ApiQuestion question = {{"alert", arguments.positional().front()}};
  if (!arguments.Value("at").empty()) question.emplace_back("time", arguments.Value("at"));
  const auto body = AskServer(arguments.Value("server"), "/api/v1/why", question, base::seconds(60));
  if (!body.ok()) {
    PrintError(console.err, body.status().message());
    return kExitUsage;
  }
  const Json document = Json::parse(*body, nullptr, false);
  if (document.is_discarded() || !document.is_object() || Text(document, "status") != "success") {
    const std::string error = document.is_object() ? Text(document, "error") : std::string();
    PrintError(console.err, error.empty() ? "the answer is not that of bekci's API; is that an agent?" : error);
    return document.is_object() && Text(document, "errorType") == "not_found" ? kExitNo : kExitUsage;
  }
  if (form == "json") {
    console.out << document.at("data").dump(2) << "\n";
    return kExitGood;
  }
  bool first = true;
  for (const Json& explanation : document.at("data")) {
    if (!std::exchange(first, false)) console.out << "\n";
    Print(explanation, console.out);
  }
  return kExitGood;
}

}  // namespace bekci::app::commands
