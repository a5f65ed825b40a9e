//! What the oracle's templates see: a few functions, `.Files` and `.Capabilities`.

use std::any::Any;
use std::rc::Rc;

use windlass::engine::functions::{Error, Function, Host, Type};
use windlass::engine::gotemplate::{Templates, on_large_stack};
use windlass::engine::value::{List, ListType, Map, Method, Object, Text, Value};
use windlass::yaml;

/// Renders `template` as the oracle did: Go's text of what comes out, or of the error.
pub(crate) fn render(template: &str, data: &serde_json::Value) -> Result<String, String> {
    let rendered = on_large_stack(|| {
        let world = World::parsed(template)?;
        let Value::Map(root) = from_json(data) else { panic!("the data is no map") };
        root.set("Files", Value::Object(Rc::new(Files)));
        root.set("Capabilities", Value::Object(Rc::new(Capabilities)));
        world.render(Value::Map(root)).map(|text| text.as_str().into_owned())
    });
    rendered.unwrap().map_err(|error| error.go_text())
}

pub(crate) fn from_json(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(truth) => Value::Bool(*truth),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(number) => Value::Int64(number),
            None => Value::Float(number.as_f64().unwrap()),
        },
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(items) => {
            Value::from(items.iter().map(from_json).collect::<Vec<_>>())
        }
        serde_json::Value::Object(entries) => {
            let map = Map::default();
            entries.iter().for_each(|(key, value)| map.set(key.as_str(), from_json(value)));
            Value::Map(map)
        }
    }
}

pub(crate) struct World(Templates);

impl World {
    pub(crate) fn parsed(template: &str) -> Result<Self, windlass::engine::error::Error> {
        let world = Self(Templates::new(find, "x.yaml", "tplx"));
        world.0.parse("x.yaml", template)?;
        Ok(world)
    }

    pub(crate) fn render(&self, data: Value) -> Result<Text, windlass::engine::error::Error> {
        self.0.render(self, "x.yaml", data).expect("it was parsed")
    }
}

impl Host for World {
    fn include(&self, name: &str, data: Value) -> Result<Text, Error> {
        self.0.include(self, name, data)
    }

    fn tpl(&self, template: &Text, data: Value) -> Result<Text, Error> {
        self.0.tpl(self, template, data).map_err(|error| match error {
            // The oracle's `tpl` says nothing of its own about a text that fails.
            Error::Template { doing, error } if doing.starts_with("error during") => {
                Error::Template { doing: String::new(), error }
            }
            error => error,
        })
    }

    fn lookup(&self, _: &str, _: &str, _: &str, _: &str) -> Result<yaml::Value, Error> {
        Ok(yaml::Value::Map(yaml::Map::new()))
    }
}

const FUNCTIONS: &[Function] = &[
    Function {
        name: "upper",
        params: &[("text", Type::String)],
        variadic: false,
        call: |_, arguments| Ok(Value::from(text(&arguments[0]).to_uppercase())),
    },
    Function {
        name: "default",
        params: &[("default", Type::Any), ("value", Type::Any)],
        variadic: true,
        call: |_, arguments| {
            let given = arguments.get(1).filter(|value| value.truth());
            Ok(given.unwrap_or(&arguments[0]).clone())
        },
    },
    Function {
        name: "dict",
        params: &[("entries", Type::Any)],
        variadic: true,
        call: |_, arguments| {
            let map = Map::default();
            arguments.chunks(2).for_each(|entry| map.set(text(&entry[0]), entry[1].clone()));
            Ok(Value::Map(map))
        },
    },
    Function {
        name: "set",
        params: &[("map", Type::Map), ("key", Type::String), ("value", Type::Any)],
        variadic: false,
        call: |_, arguments| {
            if let Value::Map(map) = &arguments[0] {
                map.set(text(&arguments[1]), arguments[2].clone());
            }
            Ok(arguments[0].clone())
        },
    },
    Function {
        name: "fail",
        params: &[("message", Type::String)],
        variadic: false,
        call: |_, arguments| Err(Error::Chart(text(&arguments[0]))),
    },
    Function {
        name: "include",
        params: &[("name", Type::String), ("data", Type::Any)],
        variadic: false,
        call: |host, arguments| {
            host.include(&text(&arguments[0]), arguments[1].clone()).map(Value::String)
        },
    },
    Function {
        name: "tpl",
        params: &[("template", Type::String), ("data", Type::Any)],
        variadic: false,
        call: |host, arguments| {
            let Value::String(template) = &arguments[0] else { panic!("checked") };
            host.tpl(template, arguments[1].clone()).map(Value::String)
        },
    },
];

fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

fn text(value: &Value) -> String {
    let Value::String(text) = value else { panic!("checked to be a string") };
    text.as_str().into_owned()
}

struct Files;

const CONTENTS: [(&str, &str); 2] = [("c2.txt", "z"), ("config.txt", "k=v\nx=y\n")];

const FILE_METHODS: &[Method] = &[
    Method {
        name: "Get",
        params: &[Type::String],
        call: |_, arguments| {
            let content = CONTENTS.iter().find(|(name, _)| *name == text(&arguments[0]));
            Ok(Value::from(content.map_or("", |(_, content)| content)))
        },
    },
    // Every pattern of the oracle matches every file.
    Method {
        name: "Glob",
        params: &[Type::String],
        call: |_, _| Ok(Value::Object(Rc::new(Files))),
    },
    Method {
        name: "Lines",
        params: &[Type::String],
        call: |_, _| {
            let lines = vec![Value::from("k=v"), Value::from("x=y")];
            Ok(Value::List(List::new(lines, ListType::Strings)))
        },
    },
    Method {
        name: "AsConfig",
        params: &[],
        call: |_, _| {
            let lines = CONTENTS.iter().map(|(name, content)| format!("{name}: {content}\n"));
            Ok(Value::from(lines.collect::<String>()))
        },
    },
];

impl Object for Files {
    fn type_name(&self) -> &str {
        "main.files"
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        FILE_METHODS.iter().find(|method| method.name == name)
    }

    fn print(&self) -> String {
        String::new()
    }

    fn to_plain(&self) -> yaml::Value {
        yaml::Value::Null
    }

    fn entries(&self) -> Option<Vec<(Rc<str>, Value)>> {
        let bytes = |content: &str| Value::Bytes(content.as_bytes().into());
        Some(CONTENTS.iter().map(|(name, content)| (Rc::from(*name), bytes(content))).collect())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct Capabilities;

impl Object for Capabilities {
    fn type_name(&self) -> &str {
        "*main.Capabilities"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "APIVersions" => {
                let versions = vec![Value::from("v1"), Value::from("apps/v1")];
                Some(Value::List(List::new(versions, ListType::Versions)))
            }
            "KubeVersion" => Some(Value::Object(Rc::new(KubeVersion))),
            _ => None,
        }
    }

    fn print(&self) -> String {
        String::new()
    }

    fn to_plain(&self) -> yaml::Value {
        yaml::Value::Null
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct KubeVersion;

impl Object for KubeVersion {
    fn type_name(&self) -> &str {
        "main.KubeVersion"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Version" => Some(Value::from("v1.30.0")),
            "Major" => Some(Value::from("1")),
            _ => None,
        }
    }

    fn print(&self) -> String {
        "v1.30.0".to_owned()
    }

    fn to_plain(&self) -> yaml::Value {
        yaml::Value::Null
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
