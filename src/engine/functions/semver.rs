//! Semantic versions, by the rules of Masterminds' semver.

use std::any::Any;
use std::cmp::Ordering;
use std::rc::Rc;

use semver::{BuildMetadata, Prerelease, Version as Parsed};

use super::arguments::{self, string};
use super::limits::spend;
use super::{Error, Type};
use crate::chart::{constraint, version};
use crate::engine::value::{Method, Object, Value};
use crate::yaml;

/// Go's `*semver.Version`, with the text that it was made of; what its methods return is no pointer.
#[derive(Debug, Clone)]
struct Version {
    parsed: Parsed,
    original: String,
    is_pointer: bool,
}

/// How many bytes of work a comparison counts for, and each letter of a constraint.
const COMPARED: usize = 1024;
const LETTER: usize = 64;

/// Reads a version, also one that is incomplete or starts with `v`.
pub(super) fn semver(text: &str) -> Result<Value, Error> {
    let parsed = version::parse(text).map_err(|err| Error::from(err.to_string()))?;
    Ok(Version { parsed, original: text.to_owned(), is_pointer: true }.into())
}

/// Says whether a version meets a constraint.
pub(super) fn semver_compare(constraint: &str, text: &str) -> Result<bool, Error> {
    spend(COMPARED + constraint.len() * LETTER);
    let constraint = constraint::Constraint::parse(constraint);
    let constraint = constraint.map_err(|err| Error::from(err.to_string()))?;
    let version = version::parse(text).map_err(|err| Error::from(err.to_string()))?;
    Ok(constraint.matches(&version))
}

impl From<Version> for Value {
    fn from(version: Version) -> Self {
        Self::Object(Rc::new(version))
    }
}

impl Object for Version {
    fn type_name(&self) -> &str {
        if self.is_pointer { "*semver.Version" } else { "semver.Version" }
    }

    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        let of_pointers = POINTER_METHODS.iter().filter(|_| self.is_pointer);
        METHODS.iter().chain(of_pointers).find(|method| method.name == name)
    }

    fn print(&self) -> String {
        self.parsed.to_string()
    }

    fn to_plain(&self) -> yaml::Value {
        yaml::Value::String(self.parsed.to_string())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Returns the version whose method is called.
fn receiver(object: &dyn Object) -> &Version {
    object.as_any().downcast_ref().expect("the methods are those of this type")
}

type Call = fn(&dyn Object, &[Value]) -> Result<Value, Error>;

const fn getter(name: &'static str, call: Call) -> Method {
    Method { name, params: &[], call }
}

const fn comparison(name: &'static str, call: Call) -> Method {
    Method { name, params: &[Type::Any], call }
}

const fn setter(name: &'static str, call: Call) -> Method {
    Method { name, params: &[Type::String], call }
}

/// The methods that templates can call on any version.
const METHODS: &[Method] = &[
    getter("Major", |this, _| Ok(Value::Uint64(receiver(this).parsed.major))),
    getter("Minor", |this, _| Ok(Value::Uint64(receiver(this).parsed.minor))),
    getter("Patch", |this, _| Ok(Value::Uint64(receiver(this).parsed.patch))),
    getter("Prerelease", |this, _| Ok(Value::from(receiver(this).parsed.pre.as_str()))),
    getter("Metadata", |this, _| Ok(Value::from(receiver(this).parsed.build.as_str()))),
    getter("String", |this, _| Ok(Value::from(this.print()))),
    getter("IncMajor", |this, _| increment(this, "major")),
    getter("IncMinor", |this, _| increment(this, "minor")),
    getter("IncPatch", |this, _| increment(this, "patch")),
    setter("SetPrerelease", |this, text| {
        let text = string(text, 0);
        let pre = Prerelease::new(&text).map_err(|_| invalid("prerelease"))?;
        Ok(receiver(this).changed(Parsed { pre, ..receiver(this).parsed.clone() }))
    }),
    setter("SetMetadata", |this, text| {
        let text = string(text, 0);
        let build = BuildMetadata::new(&text).map_err(|_| invalid("metadata"))?;
        Ok(receiver(this).changed(Parsed { build, ..receiver(this).parsed.clone() }))
    }),
];

/// The methods that Go has on the pointer alone.
const POINTER_METHODS: &[Method] = &[
    getter("Original", |this, _| Ok(Value::from(receiver(this).original.as_str()))),
    comparison("Compare", |this, other| Ok(Value::Int(compare(this, other)? as i64))),
    comparison("Equal", |this, other| Ok(Value::Bool(compare(this, other)?.is_eq()))),
    comparison("LessThan", |this, other| Ok(Value::Bool(compare(this, other)?.is_lt()))),
    comparison("LessThanEqual", |this, other| Ok(Value::Bool(compare(this, other)?.is_le()))),
    comparison("GreaterThan", |this, other| Ok(Value::Bool(compare(this, other)?.is_gt()))),
    comparison("GreaterThanEqual", |this, other| Ok(Value::Bool(compare(this, other)?.is_ge()))),
];

fn invalid(part: &str) -> Error {
    Error::from(format!("invalid {part} string"))
}

/// Returns the order of two versions; build metadata does not count.
fn compare(this: &dyn Object, arguments: &[Value]) -> Result<Ordering, Error> {
    let other = arguments::value(arguments, 0);
    let version = match other {
        Value::Object(object) => object.as_any().downcast_ref::<Version>(),
        _ => None,
    };
    match version {
        Some(version) => Ok(receiver(this).parsed.cmp_precedence(&version.parsed)),
        None => Err(Error::from(format!(
            "wrong type for value; expected *semver.Version; got {}",
            other.type_name()
        ))),
    }
}

/// Raises one number, and drops whatever counts less.
fn increment(this: &dyn Object, part: &str) -> Result<Value, Error> {
    let Parsed { major, minor, patch, ref pre, .. } = receiver(this).parsed;
    let raised = |number: u64| {
        let message = || Error::from(format!("{part} version increment would overflow uint64"));
        number.checked_add(1).ok_or_else(message)
    };
    Ok(receiver(this).changed(match part {
        "major" => Parsed::new(raised(major)?, 0, 0),
        "minor" => Parsed::new(major, raised(minor)?, 0),
        _ if pre.is_empty() => Parsed::new(major, minor, raised(patch)?),
        _ => Parsed::new(major, minor, patch),
    }))
}

impl Version {
    /// Returns a changed version, which is written with a `v` before it if this one was.
    fn changed(&self, parsed: Parsed) -> Value {
        let prefix = if self.original.starts_with('v') { "v" } else { "" };
        Self { original: format!("{prefix}{parsed}"), parsed, is_pointer: false }.into()
    }
}
