//! The functions that are made for Tera: calling templates, asking the chart and the cluster, failing.

use std::rc::Rc;

use ::tera::value::Key;
use ::tera::{Context, Kwargs, State};

use super::calls::{self, Call};
use super::library::{check_names, found};
use super::{Target, convert};
use crate::engine::functions::{Demand, DemandKind, Error, Host as _};
use crate::engine::gotemplate::printf::sprintf;
use crate::engine::gotemplate::without_no_value;
use crate::engine::value::{Object, Value};

/// A function that is made for Tera.
pub(super) struct Native {
    /// Its name.
    pub(super) name: &'static str,
    /// Its parameters; as a filter, the first is what is piped in.
    pub(super) params: &'static [&'static str],
    call: fn(&Rc<Call>, &Arguments<'_>) -> Result<::tera::Value, Error>,
}

/// All of them.
pub(super) const NATIVES: &[Native] = &[
    Native { name: "default", params: &["given", "value"], call: default },
    Native { name: "required", params: &["value", "message"], call: required },
    Native { name: "fail", params: &["message"], call: fail },
    Native { name: "include", params: &["name", "context"], call: include },
    Native { name: "tpl", params: &["source", "context"], call: tpl },
    Native { name: "lookup", params: &["api_version", "kind", "namespace", "name"], call: lookup },
    Native { name: "printf", params: &["format", "values"], call: printf },
    Native { name: "has_api", params: &["version"], call: has_api },
    Native { name: "files_get", params: &["path"], call: files_get },
    Native { name: "files_lines", params: &["path"], call: files_lines },
    Native { name: "files_glob", params: &["pattern"], call: files_glob },
    Native { name: "files_as_config", params: &["pattern"], call: files_as_config },
    Native { name: "files_as_secrets", params: &["pattern"], call: files_as_secrets },
];

/// Registers them with Tera, in place of what the library has under the same names.
pub(super) fn register(tera: &mut ::tera::Tera) {
    for native in NATIVES {
        tera.register_function(native.name, |named: Kwargs, _: &State<'_>| {
            native.run(None, &named)
        });
        tera.register_filter(native.name, |piped: &::tera::Value, named: Kwargs, _: &State<'_>| {
            native.run(Some(piped), &named)
        });
    }
}

impl Native {
    fn run(
        &self,
        piped: Option<&::tera::Value>,
        named: &Kwargs,
    ) -> ::tera::TeraResult<::tera::Value> {
        calls::function(self.name, |call| {
            check_names(named, self.params)?;
            let piped = piped.map(|piped| (self.params[0], piped));
            (self.call)(call, &Arguments { piped, named })
        })
    }
}

/// What a native function is called with.
struct Arguments<'a> {
    piped: Option<(&'static str, &'a ::tera::Value)>,
    named: &'a Kwargs,
}

impl<'a> Arguments<'a> {
    /// Returns the argument `name`, which may be undefined, if it is given.
    fn get(&self, name: &'static str) -> Option<&'a ::tera::Value> {
        let piped = self.piped.filter(|(first, _)| *first == name).map(|(_, value)| value);
        self.named.get(name).ok().flatten().or(piped)
    }

    fn text(&self, name: &'static str) -> Result<&'a str, Error> {
        self.text_or_none(name)?.ok_or_else(|| format!("the argument `{name}` is missing").into())
    }

    fn text_or_none(&self, name: &'static str) -> Result<Option<&'a str>, Error> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let wrong = || format!("`{name}` must be a string, not {}", found(value));
        Ok(Some(value.as_str().ok_or_else(wrong)?))
    }
}

/// Helm's `default`: what is missing, empty, zero or false gives way.
fn default(_: &Rc<Call>, arguments: &Arguments<'_>) -> Result<::tera::Value, Error> {
    let fallback =
        arguments.get("value").ok_or_else(|| "the argument `value` is missing".to_owned())?;
    let given = arguments.get("given").filter(|given| given.is_truthy());
    Ok(given.unwrap_or(fallback).clone())
}

fn required(call: &Rc<Call>, arguments: &Arguments<'_>) -> Result<::tera::Value, Error> {
    let message = arguments.text("message")?;
    let value = arguments.get("value").filter(|value| !value.is_undefined() && !value.is_none());
    match value {
        Some(value) if value.as_str() != Some("") => Ok(value.clone()),
        found => {
            let kind = found.map_or(DemandKind::Missing, |_| DemandKind::Empty);
            demand(call, kind, message)
        }
    }
}

fn fail(call: &Rc<Call>, arguments: &Arguments<'_>) -> Result<::tera::Value, Error> {
    demand(call, DemandKind::Fail, arguments.text("message")?)
}

fn demand(call: &Rc<Call>, kind: DemandKind, message: &str) -> Result<::tera::Value, Error> {
    answer(call.rendering.demand(Demand { kind, message: message.to_owned() })?)
}

/// Renders a component or a template file of Tera, or else a named template of Go.
fn include(call: &Rc<Call>, arguments: &Arguments<'_>) -> Result<::tera::Value, Error> {
    let name = arguments.text("name")?;
    let context = arguments.get("context");
    if context.is_some_and(::tera::Value::is_undefined) {
        return Err("`context` must be defined".to_owned().into());
    }
    let Some(target) = Target::find(&call.tera, name) else {
        let data = match context {
            Some(context) => convert::from_tera(context, &call.roots.go)?,
            None => call.roots.go.clone().into(),
        };
        let text = call.rendering.include(name, data)?;
        return answer(Value::String(without_no_value(text)));
    };
    let variables = variables(context)?;
    let text = call
        .rendering
        .nested(|| target.render(call, variables).map_err(|error| Box::new(error).into()))?;
    Ok(text.into())
}

/// Renders a text as if it stood in the template that calls.
fn tpl(call: &Rc<Call>, arguments: &Arguments<'_>) -> Result<::tera::Value, Error> {
    let source = arguments.text("source")?;
    let mut context = call.roots.context_for(source)?;
    context.extend(variables(arguments.get("context"))?);
    let text = call.rendering.nested(|| {
        let rendered = call.run(|tera| {
            super::written(|output| tera.render_str_to(source, &context, false, output))
        });
        rendered.map_err(|error| Box::new(error).into())
    })?;
    Ok(text.into())
}

/// Returns the entries of a `context` argument.
fn variables(context: Option<&::tera::Value>) -> Result<Context, Error> {
    let mut variables = Context::new();
    let Some(context) = context else { return Ok(variables) };
    let Some(map) = context.as_map() else {
        return Err(format!("`context` must be a map, not {}", found(context)).into());
    };
    // The root itself is what a Go template would be passed; here it is seen anyway.
    if convert::is_root(map) {
        return Ok(variables);
    }
    for (key, value) in map {
        variables.insert_value(key.to_string(), value.clone());
    }
    Ok(variables)
}

fn lookup(call: &Rc<Call>, arguments: &Arguments<'_>) -> Result<::tera::Value, Error> {
    let found = call.rendering.lookup(
        arguments.text("api_version")?,
        arguments.text("kind")?,
        arguments.text_or_none("namespace")?.unwrap_or_default(),
        arguments.text_or_none("name")?.unwrap_or_default(),
    )?;
    Ok(convert::plain(&found))
}

fn printf(call: &Rc<Call>, arguments: &Arguments<'_>) -> Result<::tera::Value, Error> {
    let values = arguments.get("values").map(std::slice::from_ref).unwrap_or_default();
    let values = values.first().and_then(::tera::Value::as_array).unwrap_or(values);
    let values = values.iter().map(|value| convert::from_tera(value, &call.roots.go));
    let values = values.collect::<Result<Vec<_>, _>>()?;
    answer(Value::String(sprintf(arguments.text("format")?.as_bytes(), &values)?))
}

fn has_api(call: &Rc<Call>, arguments: &Arguments<'_>) -> Result<::tera::Value, Error> {
    let version: ::tera::Value = arguments.text("version")?.into();
    let capabilities = call.roots.context.get("capabilities").and_then(::tera::Value::as_map);
    let versions = capabilities.and_then(|map| map.get(&Key::from("api_versions"))?.as_array());
    Ok(versions.is_some_and(|versions| versions.contains(&version)).into())
}

/// Unlike Helm's `.Files.Get`, a file that is not there is an error and not an empty text.
fn files_get(call: &Rc<Call>, arguments: &Arguments<'_>) -> Result<::tera::Value, Error> {
    answer(ask(&*files(call)?, "Get", Some(existing(call, arguments)?))?)
}

fn files_lines(call: &Rc<Call>, arguments: &Arguments<'_>) -> Result<::tera::Value, Error> {
    answer(ask(&*files(call)?, "Lines", Some(existing(call, arguments)?))?)
}

fn files_glob(call: &Rc<Call>, arguments: &Arguments<'_>) -> Result<::tera::Value, Error> {
    answer(ask(&*files(call)?, "Glob", Some(arguments.text("pattern")?))?)
}

fn files_as_config(call: &Rc<Call>, arguments: &Arguments<'_>) -> Result<::tera::Value, Error> {
    globbed(call, arguments, "AsConfig")
}

fn files_as_secrets(call: &Rc<Call>, arguments: &Arguments<'_>) -> Result<::tera::Value, Error> {
    globbed(call, arguments, "AsSecrets")
}

fn globbed(
    call: &Rc<Call>,
    arguments: &Arguments<'_>,
    method: &str,
) -> Result<::tera::Value, Error> {
    match ask(&*files(call)?, "Glob", Some(arguments.text("pattern")?))? {
        Value::Object(matches) => answer(ask(&*matches, method, None)?),
        other => answer(other),
    }
}

/// Returns the argument `path` if there is such a file.
fn existing<'a>(call: &Rc<Call>, arguments: &Arguments<'a>) -> Result<&'a str, Error> {
    let path = arguments.text("path")?;
    let known = files(call)?.entries().unwrap_or_default();
    if known.iter().any(|(name, _)| &**name == path) {
        Ok(path)
    } else {
        Err(format!("there is no file `{path}` in the chart").into())
    }
}

fn files(call: &Rc<Call>) -> Result<Rc<dyn Object>, Error> {
    match call.roots.go.get("Files") {
        Some(Value::Object(files)) => Ok(files),
        _ => Err("the context has no `Files`".to_owned().into()),
    }
}

/// Calls a method of the chart's files as a Go template would.
fn ask(files: &dyn Object, method: &str, argument: Option<&str>) -> Result<Value, Error> {
    let method = files.method(method).ok_or_else(|| format!("files have no `{method}`"))?;
    let arguments: Vec<Value> = argument.map(Value::from).into_iter().collect();
    (method.call)(files, &arguments)
}

fn answer(value: Value) -> Result<::tera::Value, Error> {
    Ok(convert::to_tera(&value)?)
}
