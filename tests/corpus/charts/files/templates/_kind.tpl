{{ define "files.kind" }}the files chart{{ end }}
