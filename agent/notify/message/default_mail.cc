// The mail: what, where, since when, how bad, and the links to answer and to look, in one small page without any
// outside resource. Tables and inline styles, because that is what mail readers agree on.
#include "agent/notify/message/default_templates.h"

namespace bekci::notify::message {

constinit const std::string_view kDefaultMail =
    R"({{- define "email.default.subject" }}{{ template "__subject" . }}{{ end -}}

{{- /* One alert's headline: what a person would say. */ -}}
{{- define "bekci.alert.title" -}}
{{ or .Annotations.summary .Annotations.title .Annotations.message .Labels.alertname "An alert without a name" }}
{{- end -}}

{{- define "bekci.alert.when" -}}
{{ if eq .Status "resolved" -}}
from {{ .StartsAt.UTC.Format "2006-01-02 15:04:05" }} to {{ .EndsAt.UTC.Format "2006-01-02 15:04:05" }} UTC, {{ humanizeDuration (.EndsAt.Sub .StartsAt) }}
{{- else -}}
since {{ .StartsAt.UTC.Format "2006-01-02 15:04:05" }} UTC, {{ humanizeDuration (since .StartsAt) }}
{{- end }}
{{- end -}}

{{- define "email.default.text" -}}
{{ template "__subject" . }}
{{ if .Escalation.Level }}
{{ template "bekci.level" . }}
{{ end -}}
{{ range .Alerts }}
{{ if eq .Status "resolved" }}Resolved: {{ end }}{{ template "bekci.alert.title" . }}
{{ template "bekci.alert.when" . }}
{{- with .Annotations.description }}
{{ . }}{{ end }}
{{- with .Annotations.value }}
Value: {{ . }}{{ end }}
{{ range .Labels.SortedPairs }}  {{ .Name }}: {{ .Value }}
{{ end }}
{{- with or .Annotations.runbook_url .Annotations.runbook }}Runbook: {{ . }}
{{ end }}
{{- with or .Annotations.dashboard_url .Annotations.dashboard }}Dashboard: {{ . }}
{{ end }}
{{- with .GeneratorURL }}Why: {{ . }}
{{ end }}
{{- end }}
All alerts: {{ template "__alertmanagerURL" . }}
{{ end -}}

{{- define "bekci.mail.link" -}}
<a href="{{ .URL }}" style="color:#1257a6;text-decoration:underline;margin-right:14px">{{ .Text }}</a>
{{- end -}}

{{- define "bekci.mail.alert" -}}
{{ $firing := eq .Status "firing" -}}
<tr><td style="padding:14px 24px;border-top:1px solid #e3e6ea;border-left:4px solid {{ if $firing }}#b3261e{{ else }}#1e7d45{{ end }}">
<div style="font-size:16px;font-weight:bold">{{ if not $firing }}Resolved: {{ end }}{{ template "bekci.alert.title" . }}</div>
<div style="color:#5b6570;font-size:13px">{{ template "bekci.alert.when" . }}</div>
{{- with .Annotations.description }}
<div style="margin-top:8px;white-space:pre-line">{{ . }}</div>
{{- end }}
<table role="presentation" cellpadding="0" cellspacing="0" style="margin-top:8px;font-size:13px">
{{- with .Annotations.value }}
<tr><td style="color:#5b6570;padding-right:12px">value</td><td><b>{{ . }}</b></td></tr>
{{- end }}
{{- range .Labels.SortedPairs }}
<tr><td style="color:#5b6570;padding-right:12px;vertical-align:top">{{ .Name }}</td><td style="word-break:break-word">{{ .Value }}</td></tr>
{{- end }}
</table>
<div style="margin-top:8px;font-size:13px">
{{- with or .Annotations.runbook_url .Annotations.runbook }}{{ template "bekci.mail.link" dict "URL" . "Text" "Runbook" }}{{ end }}
{{- with or .Annotations.dashboard_url .Annotations.dashboard }}{{ template "bekci.mail.link" dict "URL" . "Text" "Dashboard" }}{{ end }}
{{- with .GeneratorURL }}{{ template "bekci.mail.link" dict "URL" . "Text" "Why" }}{{ end -}}
</div>
</td></tr>
{{- end -}}

{{- define "bekci.mail.level" -}}
<tr><td style="padding:14px 24px;background-color:#fff6e0">
<b>{{ .Level }}</b>{{ with .LevelTitle }} {{ . }}{{ end }}{{ with .Policy }} &middot; policy {{ . }}{{ end }}
{{- if not .StartedAt.IsZero }} &middot; open since {{ .StartedAt.UTC.Format "15:04:05" }} UTC{{ end }}
{{- with .AckWithin }} &middot; to be answered within {{ . }}{{ end }}
{{- with .AckURL }}
<div style="margin-top:10px"><a href="{{ . }}" style="display:inline-block;padding:10px 22px;background-color:#1257a6;color:#ffffff;text-decoration:none;font-weight:bold;border-radius:4px">Acknowledge</a></div>
{{- end }}
</td></tr>
{{- end -}}

{{- define "email.default.html" -}}
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{ template "__subject" . }}</title>
</head>
<body style="margin:0;padding:16px;background-color:#f2f4f6;font-family:Arial,Helvetica,sans-serif;font-size:14px;line-height:1.45;color:#1d232a">
<table role="presentation" align="center" width="100%" cellpadding="0" cellspacing="0" style="max-width:640px;background-color:#ffffff;border:1px solid #d6dbe0">
<tr><td style="padding:18px 24px;color:#ffffff;background-color:{{ if eq .Status "firing" }}#b3261e{{ else }}#1e7d45{{ end }}">
<div style="font-size:18px;font-weight:bold">
{{- with len .Alerts.Firing }}{{ . }} firing{{ end }}
{{- if and .Alerts.Firing .Alerts.Resolved }}, {{ end }}
{{- with len .Alerts.Resolved }}{{ . }} resolved{{ end -}}
</div>
<div>{{ range .GroupLabels.SortedPairs }}{{ .Name }}: <b>{{ .Value }}</b> &nbsp; {{ end }}</div>
{{- with .NotificationReason }}{{ if ne . "unknown" }}
<div style="font-size:12px">{{ . }}</div>
{{- end }}{{ end }}
</td></tr>
{{ if .Escalation.Level }}{{ template "bekci.mail.level" .Escalation }}{{ end }}
{{ range .Alerts.Firing }}{{ template "bekci.mail.alert" . }}{{ end }}
{{ range .Alerts.Resolved }}{{ template "bekci.mail.alert" . }}{{ end }}
<tr><td style="padding:12px 24px;border-top:1px solid #e3e6ea;font-size:12px;color:#5b6570">
<a href="{{ template "__alertmanagerURL" . }}" style="color:#1257a6">All alerts of {{ .Receiver }}</a> &nbsp; sent by bekci
</td></tr>
</table>
</body>
</html>
{{ end -}}
)";

}  // namespace bekci::notify::message
