//! Chart and values in, text out: two template languages behind one door.

pub mod error;
pub mod functions;
pub mod gotemplate;
pub mod value;

use std::rc::Rc;
use std::cell::Cell;
use std::sync::Arc;

use crate::yaml;

use error::Error;
use functions::Host;
use value::{Text, Value};

/// Asks the cluster for an object or a list: API version, kind, namespace, name.
pub type Lookup = Arc<dyn Fn(&str, &str, &str, &str) -> Result<yaml::Value, String> + Send + Sync>;

/// What the templates of one chart tree share while they are rendered, whichever their language.
///
/// It is a handle: clones are the same rendering, so that Tera's functions can hold one.
#[derive(Clone)]
pub(crate) struct Rendering(Rc<Shared>);

struct Shared {
    depth: Cell<usize>,
    lookup: Option<Lookup>,
}

impl Rendering {
    /// Does `work` one level deeper, or fails if templates already call each other too deeply.
    pub(crate) fn nested<T>(
        &self,
        work: impl FnOnce() -> Result<T, functions::Error>,
    ) -> Result<T, functions::Error> {
        todo!()
    }
}

impl Host for Rendering {
    fn include(&self, name: &str, data: Value) -> Result<Text, functions::Error> {
        // Go's templates first, then Tera's: `tera::Templates::contains(name)`, `tera::Templates::render(&self, rendering, name, &data)`.
        todo!()
    }

    fn tpl(&self, template: &Text, data: Value) -> Result<Text, functions::Error> {
        todo!()
    }

    fn lookup(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<yaml::Value, functions::Error> {
        todo!()
    }
}
