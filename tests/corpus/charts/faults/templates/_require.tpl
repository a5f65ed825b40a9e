{{- define "faults.host" -}}
{{ required "a host is needed: set .host" .Values.host }}
{{- end -}}
