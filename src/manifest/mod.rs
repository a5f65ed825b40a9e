//! Rendered text as Kubernetes objects.
