//! Go's `text/template`, laid out as Go's own: lexer, parser, execution, builtins, `fmt`.
//!
//! [`Templates`] is one name space of templates with Helm's rules for `include` and `tpl`. It knows
//! no charts; what fills it and what the templates see is decided above.

mod ast;
mod builtins;
mod compare;
mod exec;
mod lexer;
mod mention;
pub(super) mod number;
mod parser;
pub mod printf;
pub mod quote;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::error::Error;
use super::functions::{self, Host};
use super::trace::{Mentioned, Recorder};
use super::value::{MAX_TEXT, Text, Value};
use ast::{Source, Template};
use exec::Scratch;
pub use parser::Find;
use parser::Interned;
use quote::quote;

/// What Go writes for a value that is not there.
const NO_VALUE: &str = "<no value>";

/// How often a template may be in the middle of an `include` of itself, as in Helm.
const MAX_INCLUDES: u32 = 1000;

/// How deep blocks, parentheses and calls may nest while templates run. Go counts calls alone, up to
/// 100,000, on a stack that grows; this much fits [`STACK`] and lets Helm's limit of includes come first.
const MAX_DEPTH: usize = 10_000;

/// The stack of a thread that renders; only what is used of it takes memory.
const STACK: usize = 256 << 20;

/// How many bytes all templates of a rendering may write and compute. The largest charts need some
/// tens of MiB; only a template that never ends needs this much.
const MAX_WORK: usize = 512 << 20;

/// How many bytes a block, a call or a turn of a loop counts for, so that those without any text end too.
const STEP: usize = 256;

/// How many bytes of texts of `tpl` are kept parsed; their trees take some twenty times as much.
const MAX_PARSED: usize = 8 << 20;

/// How many bytes of work a byte of a template counts for that is parsed while templates run.
const PARSED: usize = 32;

/// Does `work` on a thread whose stack is deep enough for any template within the limits.
///
/// # Errors
/// Fails if the system gives no thread.
pub fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> std::io::Result<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("render".to_owned()).stack_size(STACK);
        let done = thread.spawn_scoped(scope, work)?.join();
        Ok(done.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// The templates of a rendering by name.
pub struct Templates {
    find: Find,
    /// The name that error texts give the whole set.
    set_name: &'static str,
    /// The name of a template that is the text of a `tpl`.
    text_name: Rc<str>,
    named: RefCell<HashMap<Rc<str>, Rc<Template>>>,
    interned: RefCell<Interned>,
    /// The templates of the texts that `tpl` is rendering now, outermost first.
    texts: RefCell<Vec<Rc<Vec<Rc<Template>>>>>,
    parsed: RefCell<HashMap<Text, Rc<Vec<Rc<Template>>>>>,
    parsed_bytes: Cell<usize>,
    depth: Cell<usize>,
    work: Cell<usize>,
    scratch: RefCell<Vec<Scratch>>,
    /// Empty buffers for the texts of includes.
    buffers: RefCell<Vec<Vec<u8>>>,
    trace: Option<Rc<Recorder>>,
}

impl Templates {
    /// Makes a set without templates, whose functions `find` finds.
    ///
    /// `set_name` and `text_name` are what error texts call the set and the text of a `tpl`; both
    /// are `gotpl` in Helm.
    pub fn new(find: Find, set_name: &'static str, text_name: &'static str) -> Self {
        Self {
            find,
            set_name,
            text_name: text_name.into(),
            named: RefCell::default(),
            interned: RefCell::default(),
            texts: RefCell::default(),
            parsed: RefCell::default(),
            parsed_bytes: Cell::new(0),
            depth: Cell::new(0),
            work: Cell::new(0),
            scratch: RefCell::default(),
            buffers: RefCell::default(),
            trace: None,
        }
    }

    /// Lets `recorder` write down where what is rendered comes from.
    #[must_use]
    pub(super) fn traced(self, recorder: Option<Rc<Recorder>>) -> Self {
        Self { trace: recorder, ..self }
    }

    /// Returns who writes down where what is rendered comes from.
    pub(super) fn recorder(&self) -> Option<&Recorder> {
        self.trace.as_deref()
    }

    /// Returns what the templates name, whether or not it is ever executed.
    pub(super) fn mentioned(&self) -> Mentioned {
        let mut mentioned = Mentioned::default();
        for template in self.named.borrow().values() {
            mention::template(template, &mut mentioned);
        }
        mentioned
    }

    /// Parses `text` as the template `name`, and adds it with what it defines; a later definition
    /// replaces an earlier one unless it is empty.
    ///
    /// # Errors
    /// Fails if the text is not well-formed.
    pub fn parse(&self, name: &str, text: impl Into<Rc<str>>) -> Result<(), Error> {
        let source = Rc::new(Source { name: name.into(), text: text.into() });
        let mut named = self.named.borrow_mut();
        let interned = &mut self.interned.borrow_mut();
        for template in parser::parse(source, self.find, interned).map_err(|error| *error)? {
            if !(template.is_empty() && named.contains_key(&template.name)) {
                named.insert(template.name.clone(), Rc::new(template));
            }
        }
        Ok(())
    }

    /// Says whether there is a template of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.lookup(name).is_some()
    }

    /// Renders the template `name`; `None` if there is none.
    ///
    /// # Errors
    /// Fails if the template cannot be executed.
    pub fn render(&self, host: &dyn Host, name: &str, data: Value) -> Option<Result<Text, Error>> {
        let template = self.lookup(name)?;
        let mut out = Vec::new();
        let result = self.execute(host, &template, data, &mut out);
        Some(result.map(|()| Text::from_bytes(&out)).map_err(|error| *error))
    }

    /// Renders the template `name` for `include`.
    ///
    /// # Errors
    /// Fails if there is no such template, if it cannot be executed, or if it includes itself too often.
    pub fn include(
        &self,
        host: &dyn Host,
        name: &str,
        data: Value,
    ) -> Result<Text, functions::Error> {
        let Some(template) = self.lookup(name) else {
            let (name, set) = (quote(name.as_bytes()), quote(self.set_name.as_bytes()));
            let message = format!("template: no template {name} associated with template {set}");
            return Err(functions::Error::Message(message));
        };
        let includes = template.includes.get();
        if includes > MAX_INCLUDES {
            return Err(functions::Error::Message(format!(
                "rendering template has a nested reference name: {name}: unable to execute template"
            )));
        }
        template.includes.set(includes + 1);
        let mut out = self.buffers.borrow_mut().pop().unwrap_or_default();
        let result = self.nested(|| Ok(self.execute(host, &template, data, &mut out)?));
        template.includes.set(includes);
        let text = Text::from_bytes(&out);
        out.clear();
        self.buffers.borrow_mut().push(out);
        result?;
        if let Some(trace) = &self.trace {
            trace.capture(&Value::String(text.clone()), &text.as_str(), NO_VALUE);
        }
        Ok(text)
    }

    /// Renders `text` as a template that sees all others; what it defines, only it sees.
    ///
    /// # Errors
    /// Fails if the text is no template, or cannot be executed.
    pub fn tpl(&self, host: &dyn Host, text: &Text, data: Value) -> Result<Text, functions::Error> {
        if !text.as_str().contains("{{") {
            return Ok(text.clone());
        }
        self.spend(text.as_bytes().len())?;
        let wrapped = |what: &str, error| functions::Error::Template {
            doing: format!("{what} {}: ", quote(text.as_bytes())),
            error,
        };
        let templates =
            self.parsed_text(text).map_err(|error| wrapped("cannot parse template", error))?;
        let is_main = |template: &&Rc<Template>| template.name == self.text_name;
        let main = templates.iter().find(is_main).expect("a text is parsed to itself");
        let template = main.clone();
        let mut out = Vec::new();
        let result = self.nested(|| {
            self.texts.borrow_mut().push(templates);
            let result = self.execute(host, &template, data, &mut out);
            self.texts.borrow_mut().pop();
            result.map_err(|error| wrapped("error during tpl function execution for", error))
        });
        result?;
        let written = Text::from_bytes(&out);
        let text = without_no_value(written.clone());
        if let Some(trace) = &self.trace {
            trace.capture(&Value::String(text.clone()), &written.as_str(), NO_VALUE);
        }
        Ok(text)
    }

    fn parsed_text(&self, text: &Text) -> Result<Rc<Vec<Rc<Template>>>, Box<Error>> {
        if let Some(templates) = self.parsed.borrow().get(text) {
            return Ok(templates.clone());
        }
        let source =
            Rc::new(Source { name: self.text_name.clone(), text: (*text.as_str()).into() });
        // Texts can come without end, so what they name is kept only as long as they are.
        let templates = parser::parse(source, self.find, &mut Interned::default())?;
        let templates = Rc::new(templates.into_iter().map(Rc::new).collect::<Vec<_>>());
        let mut parsed = self.parsed.borrow_mut();
        let bytes = text.as_bytes().len();
        functions::spend(bytes * PARSED);
        if self.parsed_bytes.get() + bytes > MAX_PARSED {
            parsed.clear();
            self.parsed_bytes.set(0);
        }
        self.parsed_bytes.set(self.parsed_bytes.get() + bytes);
        parsed.insert(text.clone(), templates.clone());
        Ok(templates)
    }

    /// Finds a template: first among those of the running texts of `tpl`, innermost first.
    fn lookup(&self, name: &str) -> Option<Rc<Template>> {
        let texts = self.texts.borrow();
        let mut empty = None;
        for template in texts.iter().rev().flat_map(|templates| templates.iter()) {
            if &*template.name == name {
                // An empty definition does not hide another one.
                if !template.is_empty() {
                    return Some(template.clone());
                }
                empty = empty.or_else(|| Some(template.clone()));
            }
        }
        self.named.borrow().get(name).cloned().or(empty)
    }

    fn execute(
        &self,
        host: &dyn Host,
        template: &Template,
        data: Value,
        out: &mut Vec<u8>,
    ) -> Result<(), Box<Error>> {
        exec::execute(self, host, template, data, out)
    }

    /// Does `work` one level deeper, or fails if templates nest too deeply already.
    ///
    /// # Errors
    /// Fails with what `work` fails with, or with the limit.
    pub fn nested<T>(
        &self,
        work: impl FnOnce() -> Result<T, functions::Error>,
    ) -> Result<T, functions::Error> {
        self.enter().map_err(String::from)?;
        let result = work();
        self.leave();
        result
    }

    #[inline]
    fn enter(&self) -> Result<(), Limit> {
        let depth = self.depth.get() + 1;
        if depth > MAX_DEPTH {
            return Err(Limit::Depth);
        }
        self.depth.set(depth);
        self.count(STEP)
    }

    /// Counts `bytes` of work that was done for another language.
    ///
    /// # Errors
    /// Fails if there has been too much.
    pub fn spend(&self, bytes: usize) -> Result<(), functions::Error> {
        Ok(self.count(bytes).map_err(String::from)?)
    }

    fn leave(&self) {
        self.depth.set(self.depth.get() - 1);
    }

    /// Counts `bytes` of work, or fails if there has been too much.
    #[inline]
    fn count(&self, bytes: usize) -> Result<(), Limit> {
        let work = self.work.get().saturating_add(bytes);
        self.work.set(work);
        if work > MAX_WORK { Err(Limit::Work) } else { Ok(()) }
    }

    fn take_scratch(&self) -> Scratch {
        self.scratch.borrow_mut().pop().unwrap_or_default()
    }

    fn give_scratch(&self, scratch: Scratch) {
        self.scratch.borrow_mut().push(scratch);
    }
}

/// What keeps templates from running without end.
#[derive(Debug, Clone, Copy)]
enum Limit {
    Depth,
    Text,
    Work,
}

impl From<Limit> for String {
    fn from(limit: Limit) -> Self {
        match limit {
            // Go's words.
            Limit::Depth => format!("exceeded maximum template depth ({MAX_DEPTH})"),
            Limit::Text => format!("text is longer than {MAX_TEXT} bytes"),
            Limit::Work => format!("templates write and compute more than {} MiB", MAX_WORK >> 20),
        }
    }
}

/// Returns `text` without the words that Go writes for what is not there: Helm takes them away, even
/// where a chart has written them itself.
pub(super) fn without_no_value(text: Text) -> Text {
    match &text {
        Text::Utf8(utf8) if !utf8.contains(NO_VALUE) => text,
        _ => Text::from_bytes(text.as_str().replace(NO_VALUE, "").as_bytes()),
    }
}
