//! Chart and values in, text out: two template languages behind one door.
//!
//! [`render`] is the door. A file whose name ends in `.tera` is Tera, every other one a Go template;
//! both see the same values, functions and each other's named templates.

mod capabilities;
mod entries;
pub mod error;
mod files;
pub mod functions;
pub mod gotemplate;
mod name;
mod scope;
mod tera;
pub mod trace;
pub mod value;

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::chart::{Capabilities, Chart};
use crate::yaml;

pub use name::render_name;

use error::{Error, Kind};
use functions::Host;
pub use functions::{Demand, DemandKind};
use scope::Scoped;
use trace::{Recorder, Trace};
use value::{Map, MapType, Text, Value};

/// Asks the cluster for an object or a list: API version, kind, namespace, name.
pub type Lookup = Arc<dyn Fn(&str, &str, &str, &str) -> Result<yaml::Value, String> + Send + Sync>;

/// Asks for the address of a name.
pub type Resolve = Arc<dyn Fn(&str) -> Result<String, String> + Send + Sync>;

/// The release that templates see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseInfo {
    /// The name.
    pub name: String,
    /// The namespace.
    pub namespace: String,
    /// The revision that is being made.
    pub revision: i64,
    /// Whether it is the first one.
    pub is_install: bool,
    /// Whether there was one before.
    pub is_upgrade: bool,
}

/// What a rendering knows besides the chart.
pub struct Context<'a> {
    /// The values of the whole chart tree, coalesced.
    pub values: &'a yaml::Map,
    /// The release.
    pub release: ReleaseInfo,
    /// What the cluster offers.
    pub capabilities: &'a Capabilities,
    /// Asks the cluster; without it `lookup` finds nothing.
    pub lookup: Option<Lookup>,
    /// Asks for addresses; without it `getHostByName` finds nothing.
    pub resolve: Option<Resolve>,
}

/// What a chart tree was rendered to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The text of every template that is no partial, by its path from the root chart, such as
    /// `web/charts/db/templates/service.yaml`.
    pub files: BTreeMap<String, String>,
}

/// Renders every template of a chart and its subcharts.
///
/// # Errors
/// The first template that is not well-formed or cannot be executed.
pub fn render(chart: &Chart, context: &Context<'_>) -> Result<Rendered, Box<Error>> {
    let work = || render_tree(chart, context, root_values(context), None, None);
    gotemplate::on_large_stack(work).unwrap_or_else(no_thread)
}

/// Renders as [`render`] does, but goes on where a chart demands something (`required`, `fail`);
/// returns also what was demanded.
pub fn render_leniently(
    chart: &Chart,
    context: &Context<'_>,
) -> (Result<Rendered, Box<Error>>, Vec<Demand>) {
    let work = || {
        let unmet = Rc::new(RefCell::default());
        let rendered = render_tree(chart, context, root_values(context), Some(unmet.clone()), None);
        (rendered, unmet.take())
    };
    gotemplate::on_large_stack(work).unwrap_or_else(|error| (no_thread(error), Vec::new()))
}

/// Renders like [`render`], and writes down where every piece of text comes from, also when it fails.
pub fn render_traced(
    chart: &Chart,
    context: &Context<'_>,
) -> (Result<Rendered, Box<Error>>, Trace) {
    let work = || traced(chart, context, None);
    gotemplate::on_large_stack(work).unwrap_or_else(|error| (no_thread(error), Trace::default()))
}

/// Renders like [`render_leniently`], and writes down what templates read.
pub fn render_leniently_traced(
    chart: &Chart,
    context: &Context<'_>,
) -> (Result<Rendered, Box<Error>>, Trace) {
    let work = || traced(chart, context, Some(Rc::default()));
    gotemplate::on_large_stack(work).unwrap_or_else(|error| (no_thread(error), Trace::default()))
}

fn traced(
    chart: &Chart,
    context: &Context<'_>,
    unmet: Unmet,
) -> (Result<Rendered, Box<Error>>, Trace) {
    let values = root_values(context);
    let recorder = Rc::new(Recorder::new(context.values, &values));
    let rendered = render_tree(chart, context, values, unmet, Some(recorder.clone()));
    (rendered, recorder.finish())
}

fn root_values(context: &Context<'_>) -> Map {
    Map::from_plain(context.values, MapType::Values)
}

fn no_thread(error: std::io::Error) -> Result<Rendered, Box<Error>> {
    let message = format!("cannot start a thread for rendering: {error}");
    Err(Box::new(Error { kind: Kind::Execution, message, frames: Vec::new() }))
}

/// What Go writes for a value that is not there, and Helm takes out again.
const NO_VALUE: &str = "<no value>";

/// What ends the name of a Tera template.
const TERA: &str = ".tera";

/// Where demands are noted; without it they are errors.
type Unmet = Option<Rc<RefCell<Vec<Demand>>>>;

fn render_tree(
    chart: &Chart,
    context: &Context<'_>,
    values: Map,
    unmet: Unmet,
    recorder: Option<Rc<Recorder>>,
) -> Result<Rendered, Box<Error>> {
    let templates = scope::templates(chart, context, values);
    let rendering = Rendering::of(&templates, context, unmet, recorder)?;
    let mut files = BTreeMap::new();
    for template in templates.iter().filter(|template| !template.is_partial()) {
        template.announce();
        let root = Value::Map(template.root.clone());
        let text = if template.source.is_tera() {
            let text = rendering.tera().render(&rendering, &template.source.name, &root)?;
            if let Some(recorder) = rendering.0.go.recorder() {
                let partials = templates.iter().filter(|template| template.is_partial());
                let partials = partials.map(|template| &template.source);
                recorder.untold_file(
                    &template.source,
                    partials.filter(|source| source.is_tera()),
                    &text,
                );
            }
            text
        } else {
            let rendered = rendering.0.go.render(&rendering, &template.source.name, root);
            let text = rendered.expect("every template was parsed under its name")?;
            let text = text.as_str();
            if let Some(recorder) = rendering.0.go.recorder() {
                recorder.file(&template.source.output_name(), &text, NO_VALUE);
            }
            match text.contains(NO_VALUE) {
                true => text.replace(NO_VALUE, ""),
                false => text.into_owned(),
            }
        };
        files.insert(template.source.output_name(), text);
    }
    Ok(Rendered { files })
}

/// The text of a template.
#[derive(Clone)]
struct Source {
    /// The path from the root chart.
    name: String,
    text: Rc<str>,
}

impl Source {
    fn is_tera(&self) -> bool {
        self.name.ends_with(TERA)
    }

    /// Returns the name of what comes out: notes are notes whatever their language.
    fn output_name(&self) -> String {
        match self.name.strip_suffix(TERA) {
            Some(notes) if notes.ends_with("/NOTES.txt") => notes.to_owned(),
            _ => self.name.clone(),
        }
    }
}

/// What the templates of one chart tree share while they are rendered, whichever their language.
///
/// It is a handle: clones are the same rendering, so that Tera's functions can hold one.
#[derive(Clone)]
pub(crate) struct Rendering(Rc<Shared>);

struct Shared {
    go: gotemplate::Templates,
    /// Set once, after all templates were parsed.
    tera: OnceCell<tera::Templates>,
    lookup: Option<Lookup>,
    resolve: Option<Resolve>,
    unmet: Unmet,
}

impl Rendering {
    fn of(
        templates: &[Scoped],
        context: &Context<'_>,
        unmet: Unmet,
        recorder: Option<Rc<Recorder>>,
    ) -> Result<Self, Box<Error>> {
        // Helm calls the set and the texts of `tpl` by one name.
        let go = gotemplate::Templates::new(functions::find, "gotpl", "gotpl").traced(recorder);
        let mut tera_sources = Vec::new();
        for template in templates {
            if template.source.is_tera() {
                tera_sources.push(template.source.clone());
            } else {
                go.parse(&template.source.name, template.source.text.clone())?;
            }
        }
        if let Some(recorder) = go.recorder() {
            templates.iter().for_each(|template| recorder.note_root(&template.root));
            recorder.mention(go.mentioned());
        }
        let tera = OnceCell::from(tera::Templates::parse(&tera_sources)?);
        let (lookup, resolve) = (context.lookup.clone(), context.resolve.clone());
        Ok(Self(Rc::new(Shared { go, tera, lookup, resolve, unmet })))
    }

    fn tera(&self) -> &tera::Templates {
        self.0.tera.get().expect("it was set when the rendering was made")
    }

    /// Does `work` one level deeper, or fails if templates already call each other too deeply.
    pub(crate) fn nested<T>(
        &self,
        work: impl FnOnce() -> Result<T, functions::Error>,
    ) -> Result<T, functions::Error> {
        self.0.go.nested(work)
    }

    /// Counts the work of a call, or fails if there has been too much.
    pub(crate) fn count(&self, bytes: usize) -> Result<(), functions::Error> {
        self.0.go.spend(bytes)
    }
}

impl Host for Rendering {
    fn include(&self, name: &str, data: Value) -> Result<Text, functions::Error> {
        if self.0.go.contains(name) || !self.tera().contains(name) {
            return self.0.go.include(self, name, data);
        }
        let rendered =
            self.nested(|| Ok(self.tera().render(self, name, &data).map_err(Box::new)?))?;
        Ok(Text::Utf8(rendered.into()))
    }

    fn tpl(&self, template: &Text, data: Value) -> Result<Text, functions::Error> {
        self.0.go.tpl(self, template, data)
    }

    fn lookup(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<yaml::Value, functions::Error> {
        let Some(lookup) = &self.0.lookup else { return Ok(yaml::Value::Map(yaml::Map::new())) };
        Ok(lookup(api_version, kind, namespace, name)?)
    }

    fn resolve(&self, name: &str) -> Result<String, functions::Error> {
        let Some(resolve) = &self.0.resolve else { return Ok(String::new()) };
        Ok(resolve(name)?)
    }

    fn demand(&self, demand: Demand) -> Result<Value, functions::Error> {
        let Some(unmet) = &self.0.unmet else {
            return Err(functions::Error::Chart(demand.message));
        };
        unmet.borrow_mut().push(demand);
        Ok(Value::from(""))
    }
}
