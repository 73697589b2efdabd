{{/* The pod of a process: the same but for what it runs, reads and keeps. */}}

{{- define "stakestream.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "stakestream.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* One variable from the secret. Takes root, name, optional. */}}
{{- define "stakestream.secretVariable" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ required "existingSecret: name the Secret with the passwords and keys" .root.Values.existingSecret }}
      key: {{ .name }}
      {{- if .optional }}
      optional: true
      {{- end }}
{{- end }}

{{/* Kafka and the registry, as the user that the process is there. Takes root, name. */}}
{{- define "stakestream.kafkaEnv" -}}
{{- $kafka := .root.Values.kafka -}}
{{- $security := $kafka.security -}}
- { name: KAFKA_BROKERS, value: {{ required "kafka.brokers: where Kafka is" $kafka.brokers | quote }} }
{{- with .root.Values.schemaRegistry.url }}
- { name: SCHEMA_REGISTRY_URL, value: {{ . | quote }} }
{{- else }}
{{ include "stakestream.secretVariable" (dict "root" .root "name" "SCHEMA_REGISTRY_URL") }}
{{- end }}
{{- if ne $security.protocol "PLAINTEXT" }}
- { name: KAFKA_SECURITY_PROTOCOL, value: {{ $security.protocol }} }
{{- if $security.caSecret }}
- { name: KAFKA_SSL_CA_FILE, value: /etc/stakestream/kafka/ca.crt }
{{- end }}
{{- if hasPrefix "SASL_" $security.protocol }}
{{- $user := ternary "cli" .name (eq .name "init") }}
- { name: KAFKA_USERNAME, value: {{ $user }} }
- name: KAFKA_PASSWORD
  valueFrom: { secretKeyRef: { name: {{ printf "%s%s" $security.userSecretPrefix $user }}, key: password } }
{{- end }}
{{- end }}
{{- end }}

{{/* The key ring. Takes root. */}}
{{- define "stakestream.keysEnv" -}}
{{- $encryption := .root.Values.encryption -}}
- { name: ENCRYPTION_KEY_SOURCE, value: {{ $encryption.source }} }
{{- if eq $encryption.source "environment" }}
- { name: ENCRYPTION_KEY_ID, value: {{ $encryption.keyId | quote }} }
{{ include "stakestream.secretVariable" (dict "root" .root "name" "ENCRYPTION_KEY") }}
{{ include "stakestream.secretVariable" (dict "root" .root "name" "ENCRYPTION_OLDER_KEYS" "optional" true) }}
{{- else if eq $encryption.source "file" }}
- { name: ENCRYPTION_KEY_FILE, value: /etc/stakestream/encryption/keys.json }
{{- else }}
- { name: VAULT_ADDR, value: {{ required "encryption.vaultAddress: where the vault is" $encryption.vaultAddress | quote }} }
{{ include "stakestream.secretVariable" (dict "root" .root "name" "VAULT_TOKEN") }}
{{- end }}
{{- end }}

{{/* What follows from `needs` and `secrets`. Takes root, facts. */}}
{{- define "stakestream.needsEnv" -}}
{{- $root := .root -}}
{{- $needs := .facts.needs | default list -}}
{{- range $need, $variable := dict "postgres" "DATABASE_URL" "redis" "REDIS_URL" "clickhouse" "CLICKHOUSE_URL" }}
{{- if has $need $needs }}
{{ include "stakestream.secretVariable" (dict "root" $root "name" $variable) }}
{{- end }}
{{- end }}
{{- if has "clickhouse" $needs }}
- { name: CLICKHOUSE_DATABASE, value: {{ $root.Values.clickhouse.database }} }
{{- end }}
{{- if has "keys" $needs }}
{{ include "stakestream.keysEnv" (dict "root" $root) }}
{{- end }}
{{- if has "watchlists" $needs }}
- { name: WATCHLISTS, value: {{ $root.Values.watchlists.sources | quote }} }
{{- end }}
{{- if has "api" $needs }}
- { name: STAKESTREAM_URL, value: {{ printf "http://%s-api:8080" (include "stakestream.fullname" $root) | quote }} }
{{- end }}
{{- range .facts.secrets }}
{{ include "stakestream.secretVariable" (dict "root" $root "name" .) }}
{{- end }}
{{- end }}

{{/* All variables of a process. What is set by hand comes last, and so holds. Takes root, name, facts. */}}
{{- define "stakestream.env" -}}
{{- $root := .root -}}
{{- $settings := .facts.settings -}}
- { name: {{ .facts.portVariable }}, value: {{ .facts.port | quote }} }
- { name: HOST, value: 0.0.0.0 }
- { name: ADMIN_HOST, value: 0.0.0.0 }
# What one start has compiled, the next one in the same pod has not to.
- { name: NODE_COMPILE_CACHE, value: /tmp/compile-cache }
{{- if not .facts.outside }}
{{ include "stakestream.kafkaEnv" (dict "root" $root "name" .name) }}
{{- end }}
{{- include "stakestream.needsEnv" (dict "root" $root "facts" .facts) }}
{{- if eq .facts.workload "StatefulSet" }}
- { name: STATE_DIR, value: /data/state }
- { name: STANDBY, value: {{ $settings.standby | quote }} }
{{- end }}
{{- range $name, $value := include "stakestream.settings" (dict "defaults" $root.Values.env "own" ($settings.env | default dict)) | fromJson }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- with concat $root.Values.extraEnv ($settings.extraEnv | default list) }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* What is mounted beside the state. Takes root, facts. */}}
{{- define "stakestream.mounts" -}}
{{- $values := .root.Values -}}
{{- $needs := .facts.needs | default list -}}
- { name: tmp, mountPath: /tmp }
{{- if and $values.kafka.security.caSecret (not .facts.outside) }}
- { name: kafka-ca, mountPath: /etc/stakestream/kafka, readOnly: true }
{{- end }}
{{- if and (has "keys" $needs) (eq $values.encryption.source "file") }}
- { name: encryption, mountPath: /etc/stakestream/encryption, readOnly: true }
{{- end }}
{{- if and (has "watchlists" $needs) $values.watchlists.volume }}
- { name: watchlists, mountPath: /watchlists, readOnly: true }
{{- end }}
{{- with .facts.settings.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "stakestream.volumes" -}}
{{- $values := .root.Values -}}
{{- $needs := .facts.needs | default list -}}
- { name: tmp, emptyDir: { sizeLimit: 256Mi } }
{{- if and $values.kafka.security.caSecret (not .facts.outside) }}
- name: kafka-ca
  secret: { secretName: {{ $values.kafka.security.caSecret }}, items: [{ key: ca.crt, path: ca.crt }] }
{{- end }}
{{- if and (has "keys" $needs) (eq $values.encryption.source "file") }}
- name: encryption
  secret: { secretName: {{ required "encryption.fileSecret: the Secret with keys.json" $values.encryption.fileSecret }}, defaultMode: 0440 }
{{- end }}
{{- if and (has "watchlists" $needs) $values.watchlists.volume }}
- {{ merge (dict "name" "watchlists") $values.watchlists.volume | toJson }}
{{- end }}
{{- with .facts.settings.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Alive is who answers; ready, who can do his work: a task that restores its state takes as long as it takes. */}}
{{- define "stakestream.probes" -}}
startupProbe:
  httpGet: { path: /health/live, port: http }
  periodSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /health/live, port: http }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /health/ready, port: http }
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 2
{{- end }}

{{- define "stakestream.podLabels" -}}
{{ include "stakestream.selectorLabels" .root }}
app.kubernetes.io/component: {{ .name }}
{{- end }}

{{/* Takes root, name, facts. */}}
{{- define "stakestream.pod" -}}
{{- $settings := .facts.settings -}}
metadata:
  labels:
    {{- include "stakestream.podLabels" . | nindent 4 }}
    app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | quote }}
  {{- with $settings.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "stakestream.fullname" .root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ $settings.terminationGracePeriodSeconds }}
  securityContext:
    {{- include "stakestream.podSecurity" .root | nindent 4 }}
  {{- with .root.Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  topologySpreadConstraints:
    {{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
    - maxSkew: 1
      topologyKey: {{ $key }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "stakestream.podLabels" $ | nindent 10 }}
    {{- end }}
  {{- with $settings.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $settings.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $settings.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: {{ .name }}
      image: {{ include "stakestream.image" .root | quote }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      command: [node, {{ .facts.entry }}]
      ports: [{ name: http, containerPort: {{ .facts.port }} }]
      env:
        {{- include "stakestream.env" . | nindent 8 }}
      {{- include "stakestream.probes" . | nindent 6 }}
      resources:
        {{- toYaml $settings.resources | nindent 8 }}
      securityContext:
        {{- include "stakestream.containerSecurity" . | nindent 8 }}
      volumeMounts:
        {{- include "stakestream.mounts" . | nindent 8 }}
        {{- if eq .facts.workload "StatefulSet" }}
        - { name: state, mountPath: /data/state }
        {{- end }}
  volumes:
    {{- include "stakestream.volumes" . | nindent 4 }}
{{- end }}
