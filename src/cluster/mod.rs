//! The Kubernetes API: what is there, what would change, and making it so.
