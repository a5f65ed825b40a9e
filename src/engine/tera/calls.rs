//! The calls into Tera that are under way, for the functions that Tera calls back.
//!
//! Tera wants functions that live forever and may move between threads, while what they need belongs
//! to one rendering. So the rendering in progress stands in a place of its thread, where they find it.

use std::cell::RefCell;
use std::rc::Rc;

use ::tera::value::Key;
use ::tera::{Context, TeraResult};

use super::error::{placeless, translate};
use super::library::PIPED_UNDEFINED;
use super::roots::Roots;
use crate::engine::Rendering;
use crate::engine::error::{Error, Frame, Kind};
use crate::engine::functions;

/// How many calls may be under way. Each can nest Tera's own 20 levels of components, so fewer fit
/// on the stack than of Go's templates; charts need a handful.
const MAX_CALLS: usize = 200;

thread_local! {
    static CALLS: RefCell<Vec<Rc<Call>>> = const { RefCell::new(Vec::new()) };
}

/// One template or component on its way through Tera.
pub(super) struct Call {
    /// The rendering that it belongs to.
    pub(super) rendering: Rendering,
    /// All Tera templates of the chart tree.
    pub(super) tera: Rc<::tera::Tera>,
    /// What the template sees.
    pub(super) roots: Roots,
    failed: RefCell<Option<(String, functions::Error)>>,
}

impl Call {
    /// Prepares a call.
    pub(super) fn new(rendering: &Rendering, tera: &Rc<::tera::Tera>, roots: Roots) -> Rc<Self> {
        let (rendering, tera) = (rendering.clone(), tera.clone());
        Rc::new(Self { rendering, tera, roots, failed: RefCell::new(None) })
    }

    /// Lets Tera do `work`; the functions it calls see this call.
    pub(super) fn run<T>(
        self: &Rc<Self>,
        work: impl FnOnce(&::tera::Tera) -> TeraResult<T>,
    ) -> Result<T, Error> {
        if CALLS.with_borrow(Vec::len) >= MAX_CALLS {
            let message = format!("templates call each other more than {MAX_CALLS} levels deep");
            return Err(placeless(message));
        }
        CALLS.with_borrow_mut(|calls| calls.push(self.clone()));
        let result = work(&self.tera);
        CALLS.with_borrow_mut(Vec::pop);
        result.map_err(|error| self.explain(translate(&error)))
    }

    /// Puts the error of the function that failed, if one did, in place of Tera's words for it.
    fn explain(&self, mut error: Error) -> Error {
        let Some((name, cause)) = self.failed.take() else { return error };
        let mut calling = |doing: &str| {
            if let Some(frame) = error.frames.first_mut() {
                frame.doing = format!("error calling {name}: {doing}");
            }
        };
        match cause {
            functions::Error::Message(message) if message == PIPED_UNDEFINED => {
                let missing =
                    error.origin().and_then(|place| missing_field(place, &self.roots.context));
                Error { message: missing.unwrap_or(message), ..error }
            }
            functions::Error::Message(message) => {
                calling("");
                Error { message, ..error }
            }
            functions::Error::Chart(message) => Error { kind: Kind::Chart, message, ..error },
            functions::Error::Template { doing, error: inner } => {
                calling(&doing);
                error.frames.into_iter().fold(*inner, Error::called_from)
            }
        }
    }
}

/// Does the `work` of the function `name` that Tera has called.
pub(super) fn function(
    name: &str,
    work: impl FnOnce(&Rc<Call>) -> Result<::tera::Value, functions::Error>,
) -> TeraResult<::tera::Value> {
    let call = CALLS.with_borrow(|calls| calls.last().cloned());
    let call = call.expect("Tera calls functions only while it renders");
    work(&call).map_err(|error| {
        *call.failed.borrow_mut() = Some((name.to_owned(), error));
        // Tera adds the place; the words are put in where Tera's report is translated.
        ::tera::Error::message("")
    })
}

/// Says in Tera's words which field is missing, if the filter at `frame` is applied to a path.
fn missing_field(frame: &Frame, context: &Context) -> Option<String> {
    let piped = frame.excerpt[..frame.mark.start].trim_end().strip_suffix('|')?.trim_end();
    let in_path = |character: char| character.is_ascii_alphanumeric() || "_.".contains(character);
    let (owner, field) = piped.rsplit(|character| !in_path(character)).next()?.rsplit_once('.')?;
    let mut names = owner.split('.');
    let root = context.get(names.next()?)?;
    let owner = names.try_fold(root, |value, name| value.as_map()?.get(&Key::Str(name)))?;
    let mut fields: Vec<_> = owner.as_map()?.keys().map(Key::to_string).collect();
    fields.sort();
    Some(format!("Field `{field}` is not defined. Available fields: {}", fields.join(", ")))
}
