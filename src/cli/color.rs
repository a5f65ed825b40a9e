//! The colors that Helm gives to statuses, namespaces and headings.

use std::io::IsTerminal;

use windlass::release::Status;

/// When output is colored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum ColorMode {
    /// On a terminal that shows colors.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ColorMode {
    /// Reads Helm's word for it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "auto" => Some(Self::Auto),
            "always" => Some(Self::Always),
            "never" => Some(Self::Never),
            _ => None,
        }
    }
}

/// Paints texts for standard output, or leaves them as they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    is_on: bool,
}

impl Paint {
    /// Decides once for all output; `dumb` says that the terminal shows no colors.
    pub(super) fn new(mode: ColorMode, dumb: bool) -> Self {
        Self::on_terminal(mode, dumb || !std::io::stdout().is_terminal())
    }

    /// Decides for what is shown on a terminal only.
    pub(super) fn on_terminal(mode: ColorMode, dumb: bool) -> Self {
        let is_on = match mode {
            ColorMode::Always => true,
            ColorMode::Never => false,
            ColorMode::Auto => !dumb,
        };
        Self { is_on }
    }

    /// Paints a heading.
    pub(super) fn heading(self, text: &str) -> String {
        self.paint("1", text, "22")
    }

    /// Paints a namespace.
    pub(super) fn namespace(self, text: &str) -> String {
        self.paint("36", text, "0")
    }

    /// Paints a status by how much it wants to be seen.
    pub(super) fn status(self, status: Status) -> String {
        let text = status.as_str();
        match status {
            Status::Deployed => self.paint("32", text, "0"),
            Status::Failed | Status::Unknown => self.paint("31", text, "0"),
            Status::PendingInstall
            | Status::PendingUpgrade
            | Status::PendingRollback
            | Status::Uninstalling => self.paint("33", text, "0"),
            Status::Uninstalled | Status::Superseded => text.to_owned(),
        }
    }

    /// Paints what is new.
    pub(super) fn added(self, text: &str) -> String {
        self.paint("32", text, "0")
    }

    /// Paints what goes, or cannot be done.
    pub(super) fn removed(self, text: &str) -> String {
        self.paint("31", text, "0")
    }

    /// Paints what becomes another.
    pub(super) fn changed(self, text: &str) -> String {
        self.paint("33", text, "0")
    }

    /// Returns a paint that paints nothing.
    pub(super) fn none() -> Self {
        Self { is_on: false }
    }

    fn paint(self, start: &str, text: &str, end: &str) -> String {
        if self.is_on { format!("\x1b[{start}m{text}\x1b[{end}m") } else { text.to_owned() }
    }
}

/// Returns a text without its colors.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\x1b[") {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    // What `helm list --color=always` writes.
    #[test]
    fn colors_are_those_of_helm() {
        let paint = Paint { is_on: true };
        assert_eq!(paint.heading("NAME"), "\x1b[1mNAME\x1b[22m");
        assert_eq!(paint.namespace("web"), "\x1b[36mweb\x1b[0m");
        assert_eq!(paint.status(Status::Deployed), "\x1b[32mdeployed\x1b[0m");
        assert_eq!(paint.status(Status::Superseded), "superseded");
        assert_eq!(Paint { is_on: false }.heading("NAME"), "NAME");
    }

    #[test]
    fn plain_text_is_what_is_between_the_colors() {
        assert_eq!(plain("a\x1b[1mNAME\x1b[22mb"), "aNAMEb");
        assert_eq!(plain("plain"), "plain");
    }
}
