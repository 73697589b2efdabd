{{/* Names, labels, and which processes there are. */}}

{{- define "stakestream.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name -}}
{{- end -}}
{{- end }}

{{/* What selects all pods of the release. */}}
{{- define "stakestream.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "stakestream.labels" -}}
{{ include "stakestream.selectorLabels" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "stakestream.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end }}

{{/*
The processes that this release has, as YAML: facts of files/services.yaml, and under `settings` the values, those of the process over the
defaults. Fails where a process has more replicas than it can have.
*/}}
{{- define "stakestream.services" -}}
{{- $root := . -}}
{{- range $name, $facts := .Files.Get "files/services.yaml" | fromYaml }}
{{- $own := get $root.Values.services $name | default dict }}
{{- $settings := include "stakestream.settings" (dict "defaults" $root.Values.defaults "own" $own) | fromJson }}
{{- if $settings.enabled }}
{{- include "stakestream.assertReplicas" (dict "root" $root "name" $name "facts" $facts "settings" $settings) }}
{{ $name }}: {{ merge (dict "settings" $settings) $facts | toJson }}
{{- end }}
{{- end }}
{{- end }}

{{/* A process's own settings over the defaults, and those within a setting likewise. `mergeOverwrite` would leave out a false and a 0. */}}
{{- define "stakestream.settings" -}}
{{- $settings := deepCopy .defaults -}}
{{- range $key, $value := .own -}}
{{- if kindIs "map" $value -}}
{{- $inner := deepCopy (get $settings $key | default dict) -}}
{{- range $name, $of := $value }}{{ $_ := set $inner $name $of }}{{ end -}}
{{- $_ := set $settings $key $inner -}}
{{- else -}}
{{- $_ := set $settings $key $value -}}
{{- end -}}
{{- end -}}
{{- $settings | toJson -}}
{{- end }}

{{/* One process per partition at the most: another one would stand idle, and one that must be alone would do everything twice. */}}
{{- define "stakestream.assertReplicas" -}}
{{- $name := .name -}}
{{- $scaling := .settings.autoscaling -}}
{{- $replicas := int (ternary $scaling.max .settings.replicas $scaling.enabled) -}}
{{- if and .facts.alone (or $scaling.enabled (gt $replicas 1)) -}}
{{- fail (printf "services.%s: it has to be alone, so replicas must be 1, without autoscaling" $name) -}}
{{- end -}}
{{- if .facts.partitions -}}
{{- $partitions := int (ternary .root.Values.topics.partitions 1 (eq .facts.partitions "players")) -}}
{{- if gt $replicas $partitions -}}
{{- fail (printf "services.%s: %d replicas, but there is one per partition at the most: %d" $name $replicas $partitions) -}}
{{- end -}}
{{- end -}}
{{- if $scaling.enabled -}}
{{- if gt (int $scaling.min) (int $scaling.max) -}}
{{- fail (printf "services.%s.autoscaling: min is above max" $name) -}}
{{- end -}}
{{- if not (or .facts.lag (eq $name "api")) -}}
{{- fail (printf "services.%s.autoscaling: nothing tells its load" $name) -}}
{{- end -}}
{{- end -}}
{{- if and .settings.standby (ne .facts.workload "StatefulSet") -}}
{{- fail (printf "services.%s.standby: it keeps no state" $name) -}}
{{- end -}}
{{- end }}
