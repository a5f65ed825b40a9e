{{- /*
Names and labels that the objects of this chart share. A definition is known to every chart of a
release, so each one starts with the name of this chart.
*/ -}}

{{- /* The value of the label app.kubernetes.io/name. */ -}}
{{- define "<CHARTNAME>.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- /*
What objects are called: release and chart, or the release alone where it names the chart.
Labels and many names may have 63 characters.
*/ -}}
{{- define "<CHARTNAME>.fullname" -}}
{{- $name := .Values.nameOverride | default .Chart.Name -}}
{{- $fullname := printf "%s-%s" .Release.Name $name -}}
{{- if contains $name .Release.Name -}}
  {{- $fullname = .Release.Name -}}
{{- end -}}
{{- .Values.fullnameOverride | default $fullname | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- /* What tells this release's pods from all others. A selector can never be changed. */ -}}
{{- define "<CHARTNAME>.selectorLabels" -}}
app.kubernetes.io/name: {{ include "<CHARTNAME>.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- /* What every object carries. */ -}}
{{- define "<CHARTNAME>.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "<CHARTNAME>.selectorLabels" . }}
{{- with .Chart.AppVersion }}
app.kubernetes.io/version: {{ . | quote }}
{{- end }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- /* The service account that the pods run as. */ -}}
{{- define "<CHARTNAME>.serviceAccountName" -}}
{{- $account := "default" -}}
{{- if .Values.serviceAccount.create -}}
  {{- $account = include "<CHARTNAME>.fullname" . -}}
{{- end -}}
{{- .Values.serviceAccount.name | default $account -}}
{{- end -}}
