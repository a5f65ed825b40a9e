//! A chart as data: its files, its metadata, and its values laid over its defaults.
