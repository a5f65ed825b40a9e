{{- define "kit.config" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ list .root.Release.Name .root.Chart.Name .suffix | compact | join "-" }}
data:
  {{- range $key := keys .data | sortAlpha }}
  {{ $key }}: {{ get $.data $key | quote }}
  {{- end }}
{{- end }}
