//! The tree of objects that a person sees at the bottom of the terminal while an operation goes on.
//!
//! There is one terminal, so there is one tree. Lines scroll above it, and it ends before anything
//! goes to standard output. Each frame is one write that leaves the cursor visible, so that a process
//! which is killed leaves no broken terminal behind.

mod frame;
mod tree;

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use terminal_size::{Height, Width, terminal_size_of};
use windlass::action::Event;

use super::color::{Paint, plain};
use super::globals::Settings;
use super::log::LogFormat;
use frame::{frame, width};
use tree::Tree;

/// How long a frame stays at least.
const PAUSE: Duration = Duration::from_millis(100);

/// How much of a line is kept until its end comes.
const LONGEST_LINE: usize = 64 * 1024;

static LIVE: Mutex<Option<Live>> = Mutex::new(None);

struct Live {
    tree: Tree,
    paint: Paint,
    start: Instant,
    /// Whether there is something to show.
    is_on: bool,
    is_changed: bool,
    /// How wide the lines are that stand on the terminal.
    painted: Vec<usize>,
    /// The second that they show.
    second: u64,
    /// A line whose end has not come yet.
    unended: Vec<u8>,
}

/// Shows the tree from the first change on, if standard error is a terminal for people.
pub(super) fn allow(settings: &Settings) {
    let is_dumb = settings.environment.get("TERM").is_none_or(|term| term == "dumb");
    let is_plain = settings.log.format == LogFormat::Json || settings.log.debug;
    if settings.program.is_helm || is_plain || is_dumb || !io::stderr().is_terminal() {
        return;
    }
    *lock() = Some(Live {
        tree: Tree::default(),
        paint: settings.live_paint,
        start: Instant::now(),
        is_on: false,
        is_changed: false,
        painted: Vec::new(),
        second: 0,
        unended: Vec::new(),
    });
}

/// Takes an event into the tree, and says whether it is shown there.
pub(super) fn tell(event: &Event<'_>, goal: &'static str) -> bool {
    let mut live = lock();
    let Some(live) = live.as_mut() else { return false };
    let now = live.start.elapsed();
    let is_shown = live.tree.take(event, goal, now);
    live.is_changed |= is_shown;
    if is_shown && !live.is_on {
        live.is_on = true;
        std::thread::spawn(paint);
    }
    is_shown
}

/// Writes to standard error: above the tree, if there is one.
pub(super) fn print(text: &[u8]) {
    let mut live = lock();
    // Where standard error is closed, nobody is left to be told.
    match live.as_mut().filter(|live| live.is_on) {
        Some(live) => live.above(text),
        None => drop(io::stderr().write_all(text)),
    }
}

/// Leaves the last state of the tree on the terminal, and shows none from now on.
pub(super) fn end() {
    if let Some(mut live) = lock().take().filter(|live| live.is_on) {
        if !live.unended.is_empty() {
            live.unended.push(b'\n');
        }
        let rest = std::mem::take(&mut live.unended);
        live.paint(&rest);
    }
}

/// Ends the tree when it goes, also when something panics.
pub(super) struct Ends;

impl Drop for Ends {
    fn drop(&mut self) {
        end();
    }
}

/// Standard output, which ends the tree.
pub(super) struct Stdout;

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        end();
        io::stdout().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}

fn lock() -> MutexGuard<'static, Option<Live>> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Paints what changes until the tree ends.
fn paint() {
    loop {
        std::thread::sleep(PAUSE);
        let mut live = lock();
        let Some(live) = live.as_mut() else { return };
        if live.is_changed || live.start.elapsed().as_secs() != live.second {
            live.paint(b"");
        }
    }
}

impl Live {
    fn above(&mut self, text: &[u8]) {
        self.unended.extend_from_slice(text);
        if self.unended.len() > LONGEST_LINE && !self.unended.ends_with(b"\n") {
            self.unended.push(b'\n');
        }
        let end = self.unended.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        if end > 0 {
            let whole: Vec<u8> = self.unended.drain(..end).collect();
            self.paint(&whole);
        }
    }

    /// Replaces the lines on the terminal, after what shall scroll above them.
    fn paint(&mut self, above: &[u8]) {
        let (columns, rows) = match terminal_size_of(io::stderr()) {
            Some((Width(columns), Height(rows))) => (usize::from(columns), usize::from(rows)),
            None => (80, 24),
        };
        let now = self.start.elapsed();
        let lines = frame(&self.tree, columns, rows, now, self.paint);
        let bytes = replaced(&self.painted, columns, rows, above, &lines);
        // Where standard error is closed, nobody is left to be told.
        let _ = io::stderr().write_all(&bytes);
        self.painted = lines.iter().map(|line| width(&plain(line))).collect();
        self.second = now.as_secs();
        self.is_changed = false;
    }
}

/// Returns what replaces painted lines by others, as one write.
fn replaced(
    painted: &[usize],
    columns: usize,
    rows: usize,
    above: &[u8],
    lines: &[String],
) -> Vec<u8> {
    // A terminal that became narrower has broken the lines that were there.
    let broken = |width: &usize| width.div_ceil(columns.max(1)).max(1);
    let old = painted.iter().map(broken).sum::<usize>().min(rows.saturating_sub(1));
    let mut bytes = String::from("\x1b[?2026h\x1b[?25l\r");
    if old > 0 {
        let _ = write!(bytes, "\x1b[{old}A");
    }
    if !above.is_empty() {
        bytes.push_str("\x1b[J");
    }
    let mut bytes = bytes.into_bytes();
    bytes.extend_from_slice(above);
    for line in lines {
        bytes.extend_from_slice(line.as_bytes());
        bytes.extend_from_slice(b"\x1b[K\n");
    }
    bytes.extend_from_slice(b"\x1b[J\x1b[?25h\x1b[?2026l");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_one_write_that_leaves_the_cursor_visible() {
        let bytes = replaced(&[5, 5], 80, 24, b"", &["one".to_owned()]);
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text, "\x1b[?2026h\x1b[?25l\r\x1b[2Aone\x1b[K\n\x1b[J\x1b[?25h\x1b[?2026l");
    }

    #[test]
    fn rows_that_a_narrower_terminal_broke_are_replaced_too() {
        let text = |columns, rows| {
            String::from_utf8(replaced(&[79, 0, 40], columns, rows, b"log\n", &[])).unwrap()
        };
        assert!(text(80, 24).contains("\x1b[3A\x1b[Jlog\n"));
        assert!(text(40, 24).contains("\x1b[4A"));
        assert!(text(40, 3).contains("\x1b[2A"));
    }
}
