#include "agent/notify/message/message_templates.h"

#include <doctest/doctest.h>

#include "agent/base/memory_file_system.h"
#include "agent/notify/message/notification_for_tests.h"

namespace bekci::notify::message::message_templates_test {
namespace {

struct Directory {
  Directory() { REQUIRE(files.CreateDirectory("/etc").ok()); }

  base::MemoryFileSystem files;

  void Write(const std::string& path, std::string_view text) { REQUIRE(files.WriteFileAtomic(path, text).ok()); }
  base::Result<std::shared_ptr<const MessageTemplates>> Load(const std::vector<std::string>& patterns) {
    return MessageTemplates::Load(files, patterns);
  }
};

std::string Expanded(const MessageTemplates& templates, std::string_view text) {
  const Notification notification = LevelNotification();
  const MessageData data(notification);
  const auto expanded = templates.Expand(text, data, "slack title");
  return expanded.ok() ? *expanded : "error: " + expanded.status().message();
}

TEST_CASE("a file's definition stands over the default, also where a default template calls it") {
  Directory directory;
  directory.Write("/etc/a.tmpl", R"({{ define "__subject" }}S {{ .Status }}{{ end }}{{ define "mine" }}1{{ end }})");
  directory.Write("/etc/b.tmpl", R"({{ define "mine" }}2{{ end }})");
  directory.Write("/etc/c.txt", R"({{ define "mine" }}3{{ end }})");
  const auto templates = directory.Load({"/etc/*.tmpl", "/etc/none*.tmpl", "/etc/nothing.tmpl"}).value();
  CHECK(templates->files() == std::vector<std::string>{"/etc/a.tmpl", "/etc/b.tmpl"});
  CHECK(Expanded(*templates, R"({{ template "slack.default.title" . }})") == "S firing");
  CHECK(Expanded(*templates, R"({{ template "mine" }})") == "2");
}

TEST_CASE("a definition of white space overrides nothing, as in Go") {
  Directory directory;
  directory.Write("/etc/a.tmpl", R"({{ define "__alertmanager" }} {{ end }}{{ define "new" }} {{ end }})");
  const auto templates = directory.Load({"/etc/a.tmpl"}).value();
  CHECK(Expanded(*templates, R"({{ template "__alertmanager" . }}[{{ template "new" . }}])") == "Alertmanager[ ]");
}

TEST_CASE("an error names the file, the line and the column") {
  Directory directory;
  directory.Write("/etc/bad.tmpl", "{{ define \"x\" }}\n  {{ nope 1 }}{{ end }}");
  const auto loaded = directory.Load({"/etc/*.tmpl"});
  CHECK(loaded.status().message() == "/etc/bad.tmpl: template: bad.tmpl:2:6: function \"nope\" not defined");
  directory.Write("/etc/bad.tmpl", "{{ define \"x\" }}\n  {{ .Status.Foo }}{{ end }}");
  const auto templates = directory.Load({"/etc/*.tmpl"}).value();
  CHECK(Expanded(*templates, R"({{ template "x" . }})") ==
        "error: template: bad.tmpl:2:13: executing \"x\" at <.Status.Foo>: can't evaluate field Foo in type string");
  CHECK(templates->Check("{{ .Status", "slack title").message() == "template: slack title:1:11: unclosed action");
  CHECK(templates->Check("{{ .Status }}", "slack title").ok());
  CHECK(templates->Check("no action", "slack title").ok());
}

TEST_CASE("a text without an action is itself") {
  Directory directory;
  CHECK(Expanded(*directory.Load({}).value(), "a } } b") == "a } } b");
}

TEST_CASE("templates that call themselves or never end are stopped with words") {
  Directory directory;
  const auto templates = directory.Load({}).value();
  CHECK(Expanded(*templates, R"({{ define "x" }}{{ template "x" . }}{{ end }}{{ template "x" . }})")
            .find("exceeded maximum template depth") != std::string::npos);
  CHECK(Expanded(*templates, R"({{ range 100000000 }}{{ end }})").starts_with("error: "));
  CHECK(
      Expanded(
          *templates,
          R"({{ define "l" }}{{ $l := list 1 2 }}{{ range 60 }}{{ $l = list $l $l }}{{ end }}{{ toJson $l }}{{ end }}{{ template "l" }})")
          .starts_with("error: "));
}

TEST_CASE("who is on call is asked of the caller, and is nobody without one") {
  Directory directory;
  const auto templates = directory.Load({}).value();
  const Notification notification = LevelNotification();
  const MessageData data(notification, {.on_call = [](std::string_view schedule, std::string_view field) {
                           return std::string(schedule) + "/" + std::string(field);
                         }});
  CHECK(templates->Expand(R"({{ range .Alerts }}{{ $.OnCall "platform" "email" }}{{ end }})", data).value() ==
        "platform/email");
  CHECK(Expanded(*templates, R"([{{ .OnCall "platform" "email" }}])") == "[]");
}

TEST_CASE("all that is known of an escalation can be said") {
  Directory directory;
  const auto templates = directory.Load({}).value();
  CHECK(Expanded(*templates,
                 R"({{ with .Escalation }}{{ .ID }} {{ .Policy }} {{ .Level }} {{ .LevelTitle }} {{ .Cycle }} )"
                 R"({{ .State }} {{ .Reason }} {{ .StartedAt.Unix }} {{ .EnteredAt.Unix }} {{ .AckWithin }} )"
                 R"({{ .AckURL }} {{ .DeliveryID }} {{ range .Timeline }}{{ .At.Unix }} {{ .Event }} )"
                 R"({{ .Level }}{{ .Text }}{{ end }}{{ end }})") ==
        "01JD high L2 cross-team 0 active due 1795255726 1795256626 15m https://ack.test/e/01JD?a=ack&l=L2 "
        "01JD/0/L2/cross-team/webhook/0/0 1795255726 level_entered L1");
}

}  // namespace
}  // namespace bekci::notify::message::message_templates_test
