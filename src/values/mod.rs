//! One tree of values, without a chart: merging, and the grammar of `--set`.
