//! The CPU time of child processes, from the kernel's account of those that have ended.

use std::path::Path;
use std::time::Duration;

/// In what the kernel counts (`getconf CLK_TCK`).
const TICKS_PER_SECOND: f64 = 100.0;

/// Returns the CPU time of all children that have ended: fields 16 and 17 of proc(5)'s stat.
pub(crate) fn children_cpu() -> Duration {
    let stat = std::fs::read_to_string(Path::new("/proc/self/stat")).expect("Linux has /proc");
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = |index: usize| fields[index].parse::<f64>().expect("a count of ticks");
    Duration::from_secs_f64((ticks(13) + ticks(14)) / TICKS_PER_SECOND)
}
