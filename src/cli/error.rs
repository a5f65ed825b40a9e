//! Why a command failed, and which kind of failure that is.

use std::io;
use std::path::PathBuf;

use windlass::action;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The command line cannot be understood.
    #[error("{message}")]
    Usage {
        /// What is wrong with it, in Helm's words where Helm says it too.
        message: String,
        /// What was probably meant.
        hint: Option<String>,
    },
    /// An operation failed; Helm says which in front of the cause.
    #[error("{prefix}{error}")]
    Operation {
        /// Helm's words, such as `INSTALLATION FAILED: `.
        prefix: String,
        /// The cause.
        error: Box<Self>,
        /// What Helm says at the end.
        advice: Option<&'static str>,
    },
    /// The action failed.
    #[error(transparent)]
    Action(Box<action::Error>),
    /// A new chart could not be written.
    #[error(transparent)]
    Create(#[from] action::create::Error),
    /// A plan was shown that cannot be carried out.
    #[error("the plan cannot be carried out: {count} object{} refused, as shown above", if *.count == 1 { " is" } else { "s are" })]
    Refused {
        /// How many objects cannot be what they shall.
        count: usize,
        /// What kind of failure that is.
        kind: action::ErrorKind,
    },
    /// Something would go wrong; it was shown.
    #[error("preflight found {count} problem{}, as shown above; nothing was changed", if *.count == 1 { "" } else { "s" })]
    Preflight {
        /// How many.
        count: usize,
    },
    /// Releases could not be compared with what is there; it was shown which.
    #[error("the drift of {count} release{} is not known, as shown above", if *.count == 1 { "" } else { "s" })]
    NotCompared {
        /// How many.
        count: usize,
    },
    /// Nothing failed: there are changes, and the exit code shall say so.
    #[error("there are changes")]
    Changes,
    /// The user said no.
    #[error("the plan was not confirmed; nothing was changed")]
    Declined,
    /// Charts do not pass.
    #[error("{0}")]
    Lint(String),
    /// The result could not be written to standard output.
    #[error("cannot write to standard output")]
    Output(#[from] io::Error),
    /// The result has something that JSON cannot say.
    #[error("cannot write the result as JSON")]
    Unwritable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A report could not be written.
    #[error("cannot write report `{}`", .path.display())]
    Report {
        /// The report's file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The process may not do what every asynchronous work needs.
    #[error("cannot start the asynchronous runtime")]
    Runtime(#[source] io::Error),
}

/// What came of a command; each has its exit code (docs/reference/exit-codes.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It did what it was asked.
    Done,
    /// There are changes, and the exit code was to say so.
    Changes,
    /// The command line cannot be understood.
    BadUsage,
    /// It failed.
    Failed(action::ErrorKind),
}

impl From<action::Error> for Error {
    fn from(error: action::Error) -> Self {
        Self::Action(Box::new(error))
    }
}

impl Error {
    /// Makes an error of a command line that clap accepts and Helm does not.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: None }
    }

    /// Makes an error of a result that has no JSON.
    pub(super) fn unwritable(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Unwritable(Box::new(error))
    }

    /// Puts Helm's words in front.
    pub(super) fn after(self, prefix: impl Into<String>) -> Self {
        Self::Operation { prefix: prefix.into(), error: Box::new(self), advice: None }
    }

    /// Puts Helm's advice at the end.
    pub(super) fn advising(self, advice: &'static str) -> Self {
        Self::Operation { prefix: String::new(), error: Box::new(self), advice: Some(advice) }
    }

    /// Returns the words in front of the cause.
    pub(super) fn prefix(&self) -> String {
        match self {
            Self::Operation { prefix, error, .. } => format!("{prefix}{}", error.prefix()),
            _ => String::new(),
        }
    }

    /// Returns the error below Helm's words.
    pub(super) fn cause(&self) -> &Self {
        if let Self::Operation { error, .. } = self { error.cause() } else { self }
    }

    /// Returns the error of the action, if it is one.
    pub(super) fn action(&self) -> Option<&action::Error> {
        if let Self::Action(error) = self.cause() { Some(error) } else { None }
    }

    /// Returns which kind of failure this is; a reader that has seen enough is none.
    pub(super) fn outcome(&self) -> Outcome {
        match self.cause() {
            Self::Usage { .. } => Outcome::BadUsage,
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Outcome::Done,
            Self::Changes => Outcome::Changes,
            Self::Refused { kind, .. } => Outcome::Failed(*kind),
            Self::Action(error) => Outcome::Failed(error.kind()),
            Self::Create(_) | Self::Lint(_) => Outcome::Failed(action::ErrorKind::BadInput),
            _ => Outcome::Failed(action::ErrorKind::Failed),
        }
    }
}
