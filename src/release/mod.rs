//! A release, its records, and where they are kept.
