#include "agent/notify/message/default_templates.h"

#include <array>

namespace bekci::notify::message {
namespace {

// What the media share. The blank at the end of a subject without common labels is Alertmanager's.
constexpr std::string_view kShared = R"({{- define "__alertmanager" }}Alertmanager{{ end -}}

{{- define "__alertmanagerURL" -}}
{{ .ExternalURL }}/#/alerts?receiver={{ .Receiver | urlquery }}
{{- end -}}

{{- define "__subject" -}}
[{{ toUpper .Status }}
{{- if eq .Status "firing" }}:{{ len .Alerts.Firing }}{{ end }}
{{- with .Escalation.Level }} {{ . }}{{ end }}] {{ join " " .GroupLabels.SortedPairs.Values }}
{{- print " " -}}
{{- if gt (len .CommonLabels) (len .GroupLabels) }}({{ join " " (.CommonLabels.Remove .GroupLabels.Names).Values }}){{ end -}}
{{- end -}}

{{- define "__description" }}{{ end -}}

{{- define "__text_alert_list" -}}
{{ range . }}Labels:
{{ range .Labels.SortedPairs }} - {{ .Name }} = {{ .Value }}
{{ end }}Annotations:
{{ range .Annotations.SortedPairs }} - {{ .Name }} = {{ .Value }}
{{ end }}Source: {{ .GeneratorURL }}
{{ end }}
{{- end -}}

{{- define "__text_alert_list_markdown" -}}
{{ range . }}
Labels:
{{ range .Labels.SortedPairs }}  - {{ .Name }} = {{ .Value }}
{{ end }}
Annotations:
{{ range .Annotations.SortedPairs }}  - {{ .Name }} = {{ .Value }}
{{ end }}
Source: {{ .GeneratorURL }}
{{ end }}
{{ end -}}

{{- define "__annotations" }}{{ join " " .CommonAnnotations.SortedPairs.Values }}{{ end -}}

{{- /* Who is called and how to answer, a line of level messages; nothing in others. */ -}}
{{- define "bekci.level" -}}
{{ with .Escalation }}{{ if .Level -}}
{{ .Level }}{{ with .LevelTitle }} {{ . }}{{ end }}{{ with .Policy }}, policy {{ . }}{{ end }}
{{- with .AckWithin }}, to be answered within {{ . }}{{ end }}
{{- with .AckURL }}. Acknowledge: {{ . }}{{ end }}
{{- end }}{{ end }}
{{- end -}}

{{- define "__level_line" -}}
{{ if .Escalation.Level }}{{ template "bekci.level" . }}
{{ end }}
{{- end -}}

{{- /* Firing and resolved, loosely set. */ -}}
{{- define "__alert_sections" }}{{ with .Alerts.Firing }}
Alerts Firing:
{{ template "__text_alert_list" . }}
{{ end }}
{{ with .Alerts.Resolved }}
Alerts Resolved:
{{ template "__text_alert_list" . }}
{{ end }}
{{ template "__level_line" . }}
{{- end -}}

{{- /* The same, closely set, under what the annotations have in common. */ -}}
{{- define "__alert_summary" }}{{ template "__annotations" . }}
{{ with .Alerts.Firing }}Alerts Firing:
{{ template "__text_alert_list" . }}{{ end }}
{{ with .Alerts.Resolved }}Alerts Resolved:
{{ template "__text_alert_list" . }}{{ end }}
{{- template "__level_line" . }}
{{- end -}}

{{- define "__alert_sections_markdown" }}
{{ with .Alerts.Firing }}
# Alerts Firing:
{{ template "__text_alert_list_markdown" . }}
{{ end }}
{{ with .Alerts.Resolved }}
# Alerts Resolved:
{{ template "__text_alert_list_markdown" . }}
{{ end }}
{{ template "__level_line" . }}
{{- end -}}
)";

constexpr std::string_view kChats = R"({{- define "slack.default.title" }}{{ template "__subject" . }}{{ end -}}
{{- define "slack.default.username" }}{{ template "__alertmanager" . }}{{ end -}}
{{- define "slack.default.fallback" }}{{ template "slack.default.title" . }} | {{ template "slack.default.titlelink" . }}{{ end -}}
{{- define "slack.default.callbackid" }}{{ end -}}
{{- define "slack.default.pretext" }}{{ end -}}
{{- define "slack.default.titlelink" }}{{ template "__alertmanagerURL" . }}{{ end -}}
{{- define "slack.default.iconemoji" }}{{ end -}}
{{- define "slack.default.iconurl" }}{{ end -}}
{{- define "slack.default.text" }}{{ template "bekci.level" . }}{{ end -}}
{{- define "slack.default.footer" }}{{ end -}}

{{- define "rocketchat.default.title" }}{{ template "__subject" . }}{{ end -}}
{{- define "rocketchat.default.alias" }}{{ template "__alertmanager" . }}{{ end -}}
{{- define "rocketchat.default.titlelink" }}{{ template "__alertmanagerURL" . }}{{ end -}}
{{- define "rocketchat.default.emoji" }}{{ end -}}
{{- define "rocketchat.default.iconurl" }}{{ end -}}
{{- define "rocketchat.default.text" }}{{ template "bekci.level" . }}{{ end -}}

{{- define "mattermost.default.title" }}{{ template "__subject" . }}{{ end -}}
{{- define "mattermost.default.username" }}{{ template "__alertmanager" . }}{{ end -}}
{{- define "mattermost.default.titlelink" }}{{ template "__alertmanagerURL" . }}{{ end -}}
{{- define "mattermost.default.fallback" }}{{ template "__subject" . }} | {{ template "__alertmanagerURL" . }}{{ end -}}
{{- define "mattermost.default.pretext" }}{{ end -}}
{{- define "mattermost.default.iconemoji" }}{{ end -}}
{{- define "mattermost.default.iconurl" }}{{ end -}}
{{- define "mattermost.default.footer" }}{{ end -}}
{{- define "mattermost.default.text" }}{{ template "__alert_sections_markdown" . }}{{ end -}}

{{- define "telegram.default.message" }}
{{ template "__alert_sections" . }}{{ end -}}

{{- define "discord.default.title" }}{{ template "__subject" . }}{{ end -}}
{{- define "discord.default.content" }}{{ end -}}
{{- define "discord.default.message" }}
{{ template "__alert_sections" . }}{{ end -}}

{{- define "webex.default.message" }}{{ template "__annotations" . }}
{{ template "__alert_sections" . }}{{ end -}}

{{- define "msteams.default.summary" }}{{ template "__subject" . }}{{ end -}}
{{- define "msteams.default.title" }}{{ template "__subject" . }}{{ end -}}
{{- define "msteams.default.text" }}{{ template "__alert_sections_markdown" . }}{{ end -}}
{{- define "msteamsv2.default.title" }}{{ template "__subject" . }}{{ end -}}
{{- define "msteamsv2.default.text" }}{{ template "__alert_sections_markdown" . }}{{ end -}}

{{- define "wechat.default.message" }}{{ template "__subject" . }}
{{ template "__alert_summary" . }}
AlertmanagerUrl:
{{ template "__alertmanagerURL" . }}{{ end -}}
{{- define "wechat.default.to_user" }}{{ end -}}
{{- define "wechat.default.to_party" }}{{ end -}}
{{- define "wechat.default.to_tag" }}{{ end -}}
{{- define "wechat.default.agent_id" }}{{ end -}}
)";

constexpr std::string_view kPagers =
    R"({{- define "pagerduty.default.description" }}{{ template "__subject" . }}{{ end -}}
{{- define "pagerduty.default.client" }}{{ template "__alertmanager" . }}{{ end -}}
{{- define "pagerduty.default.clientURL" }}{{ template "__alertmanagerURL" . }}{{ end -}}
{{- define "pagerduty.default.instances" }}{{ template "__text_alert_list" . }}{{ end -}}

{{- define "opsgenie.default.message" }}{{ template "__subject" . }}{{ end -}}
{{- define "opsgenie.default.description" }}{{ template "__alert_summary" . }}{{ end -}}
{{- define "opsgenie.default.source" }}{{ template "__alertmanagerURL" . }}{{ end -}}

{{- define "victorops.default.state_message" }}{{ template "__alert_summary" . }}{{ end -}}
{{- define "victorops.default.entity_display_name" }}{{ template "__subject" . }}{{ end -}}
{{- define "victorops.default.monitoring_tool" }}{{ template "__alertmanager" . }}{{ end -}}

{{- define "pushover.default.title" }}{{ template "__subject" . }}{{ end -}}
{{- define "pushover.default.message" }}{{ template "__annotations" . }}
{{ template "__alert_sections" . }}{{ end -}}
{{- define "pushover.default.url" }}{{ template "__alertmanagerURL" . }}{{ end -}}

{{- define "sns.default.subject" }}{{ template "__subject" . }}{{ end -}}
{{- define "sns.default.message" }}{{ template "__annotations" . }}
{{ template "__alert_sections" . }}{{ end -}}

{{- define "jira.default.summary" }}{{ template "__subject" . }}{{ end -}}
{{- define "jira.default.description" }}{{ template "__alert_sections_markdown" . }}{{ end -}}
{{- /* The worst severity of the firing alerts, or of all where none fires. */ -}}
{{- define "jira.default.priority" -}}
{{ $worst := "" -}}
{{ range or .Alerts.Firing .Alerts.Resolved -}}
{{ $severity := .Labels.severity -}}
{{ if eq $severity "critical" }}{{ $worst = "High" -}}
{{ else if and (eq $severity "warning") (ne $worst "High") }}{{ $worst = "Medium" -}}
{{ else if and (eq $severity "info") (eq $worst "") }}{{ $worst = "Low" }}{{ end -}}
{{ end -}}
{{ $worst -}}
{{ end -}}

{{- /* A text message: no list, one line, the link to answer. */ -}}
{{- define "sms.default.message" -}}
{{ template "__subject" . }}{{ with .CommonAnnotations.summary }}: {{ . }}{{ end }}
{{- with .Escalation.AckURL }} {{ . }}{{ end }}
{{- end -}}
)";

}  // namespace

std::span<const DefaultTemplate> DefaultTemplates() {
  static const std::array<DefaultTemplate, 4> kAll = {
      {{"default.tmpl", kShared}, {"chats.tmpl", kChats}, {"pagers.tmpl", kPagers}, {"mail.tmpl", kDefaultMail}}};
  return kAll;
}

}  // namespace bekci::notify::message
