//! Tera, the native template language: every `*.tera` file of a chart tree.
//!
//! All files of the tree are one set, as in Go: a component of `_helpers.tera` is known everywhere,
//! which is why its name begins with the chart's. Go templates reach components and files through
//! `include`, and the other way round.

mod calls;
mod convert;
mod error;
mod library;
mod natives;
mod objects;
mod roots;

use std::io;
use std::rc::Rc;

use ::tera::{Context, Tera, TeraResult};

use super::error::Error;
use super::functions;
use super::value::Value;
use super::{Rendering, Source};
use calls::Call;
use roots::{Mentioned, Roots};

/// The most bytes that one template may write.
const MAX_OUTPUT: usize = 64 * 1024 * 1024;

/// The Tera templates of a chart tree.
pub(super) struct Templates {
    tera: Rc<Tera>,
    mentioned: Mentioned,
}

/// What `include` can name.
enum Target {
    File(String),
    Component(String),
}

impl Templates {
    /// Parses all files and checks that every name in them is known.
    ///
    /// # Errors
    /// Fails at the first syntax error or unknown name, and when two files define one component.
    pub(super) fn parse(sources: &[Source]) -> Result<Self, Error> {
        let mut tera = Tera::default();
        tera.autoescape_on(Vec::<&str>::new());
        // Most charts have no Tera templates, and registering takes longer than a small one renders.
        if !sources.is_empty() {
            library::register(&mut tera);
            natives::register(&mut tera);
        }
        tera.add_raw_templates(sources.iter().map(|source| (&source.name, &source.text)))
            .map_err(|error| error::translate(&error))?;
        let texts = sources.iter().map(|source| &*source.text);
        Ok(Self {
            tera: Rc::new(tera),
            mentioned: texts.fold(Mentioned::default(), Mentioned::add),
        })
    }

    /// Says whether `name` is a file or a component here.
    pub(super) fn contains(&self, name: &str) -> bool {
        Target::find(&self.tera, name).is_some()
    }

    /// Renders the file or component `name` with what Go calls the dot.
    ///
    /// A root of Go's (`.`, or a copy of it with more entries) gives `values`, `release` and so on;
    /// other entries of a map become variables of a file and arguments of a component.
    pub(super) fn render(
        &self,
        rendering: &Rendering,
        name: &str,
        data: &Value,
    ) -> Result<String, Error> {
        let Some(target) = Target::find(&self.tera, name) else {
            return Err(error::placeless(format!("there is no template `{name}`")));
        };
        let Value::Map(dot) = data else {
            let found = data.type_name();
            return Err(error::placeless(format!(
                "`{name}` needs a map such as the root, not {found}"
            )));
        };
        let (roots, others) = Roots::new(dot, self.mentioned)
            .map_err(|error| target.named(error::placeless(error.to_string())))?;
        let variables = match &target {
            Target::File(_) => others,
            Target::Component(component) => declared(&self.tera, component, others),
        };
        target.render(&Call::new(rendering, &self.tera, roots), variables)
    }
}

impl Target {
    /// Finds a file, or a component under its own name or the one that a Go helper would have:
    /// `data-pipeline.selectorLabels` is `data_pipeline.selector_labels`.
    fn find(tera: &Tera, name: &str) -> Option<Self> {
        if tera.contains_template(name) {
            return Some(Self::File(name.to_owned()));
        }
        let idiomatic = functions::snake_case(&name.replace('-', "_"));
        let component =
            [name, &idiomatic].into_iter().find(|name| tera.contains_component(name))?;
        Some(Self::Component(component.to_owned()))
    }

    /// Renders the target within `call`, with `variables` beside the roots.
    fn render(&self, call: &Rc<Call>, variables: Context) -> Result<String, Error> {
        let roots = &call.roots.context;
        match self {
            Self::File(name) => {
                let mut context = roots.clone();
                context.extend(variables);
                call.run(|tera| written(|output| tera.render_to(name, &context, output)))
            }
            Self::Component(name) => call.run(|tera| {
                written(|output| {
                    tera.render_component_with_implicits_to(
                        name, &variables, roots, None, false, output,
                    )
                })
            }),
        }
        .map_err(|error| self.named(error))
    }

    /// Names the target where Tera tells no place, as for the arguments of a component.
    fn named(&self, error: Error) -> Error {
        let (Self::File(name) | Self::Component(name)) = self;
        if error.frames.is_empty() {
            Error { message: format!("`{name}`: {}", error.message), ..error }
        } else {
            error
        }
    }
}

/// Keeps the variables that the component takes: a Go template passes on what it has.
fn declared(tera: &Tera, component: &str, variables: Context) -> Context {
    let Some(definition) = tera.get_component_definition(component) else { return variables };
    if definition.rest_param().is_some() {
        return variables;
    }
    let mut kept = Context::new();
    for argument in definition.args() {
        if let Some(value) = variables.get(argument.name()) {
            kept.insert_value(argument.name().to_owned(), value.clone());
        }
    }
    kept
}

/// Returns what `write` writes, unless it is too much.
fn written(write: impl FnOnce(&mut Output) -> TeraResult<()>) -> TeraResult<String> {
    let mut output = Output(Vec::new());
    write(&mut output)?;
    // Tera makes strings, but Rust cannot know.
    Ok(String::from_utf8(output.0)?)
}

/// A buffer that takes so much and no more.
struct Output(Vec<u8>);

impl io::Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_OUTPUT {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
