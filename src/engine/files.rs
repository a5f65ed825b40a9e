//! `.Files`: the files of a chart that are neither templates nor values, with Helm's methods.

use std::any::Any;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;

use super::functions::{Error, Type, spend};
use super::value::{List, ListType, Method, Object, Text, Value};
use crate::chart::{Chart, glob};
use crate::yaml;

/// How many bytes of work it counts for to hold a file's name against a pattern.
const COMPARED: usize = 64;

/// Files by their path in the chart; to Go a map of bytes.
pub(super) struct Files(BTreeMap<String, Rc<Content>>);

/// What a file contains, and the value that templates get of it once one has asked.
struct Content {
    data: Bytes,
    value: OnceCell<Rc<[u8]>>,
}

impl Content {
    fn value(&self) -> Value {
        Value::Bytes(self.value.get_or_init(|| Rc::from(&*self.data)).clone())
    }
}

impl Files {
    pub(super) fn of(chart: &Chart) -> Self {
        let content =
            |data: &Bytes| Rc::new(Content { data: data.clone(), value: OnceCell::new() });
        Self(chart.files.iter().map(|file| (file.name.clone(), content(&file.data))).collect())
    }

    fn bytes(&self, name: &str) -> &[u8] {
        self.0.get(name).map_or(&[], |content| &content.data)
    }

    fn value(&self, name: &str) -> Value {
        self.0.get(name).map_or_else(|| Value::Bytes(Rc::from([])), |content| content.value())
    }

    fn glob(&self, pattern: &str) -> Self {
        // Helm takes a pattern that cannot be read for one that everything fits.
        spend(self.0.len() * COMPARED);
        let pattern = glob::Glob::parse(pattern).ok();
        let fits = |name: &str| pattern.as_ref().is_none_or(|pattern| pattern.matches(name));
        let found = self.0.iter().filter(|(name, _)| fits(name));
        Self(found.map(|(name, content)| (name.clone(), content.clone())).collect())
    }

    fn lines(&self, name: &str) -> Value {
        let text = self.bytes(name);
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        let lines = match text {
            [] if self.bytes(name).is_empty() => Vec::new(),
            text => text
                .split(|byte| *byte == b'\n')
                .map(|line| Text::from_bytes(line).into())
                .collect(),
        };
        Value::List(List::new(lines, ListType::Strings))
    }

    /// Writes file names and what `content` makes of the files as YAML, as the data of a ConfigMap.
    fn as_data(&self, content: impl Fn(&[u8]) -> String) -> Value {
        let base = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
        let data = self.0.iter().map(|(name, file)| (base(name), content(&file.data).into()));
        let text = yaml::emit(&yaml::Value::Map(data.collect()));
        Value::from(text.strip_suffix('\n').unwrap_or(&text))
    }
}

static METHODS: [Method; 6] = [
    Method {
        name: "Get",
        params: &[Type::String],
        call: |files, arguments| Ok(Text::from_bytes(this(files).bytes(&text(arguments))).into()),
    },
    Method {
        name: "GetBytes",
        params: &[Type::String],
        call: |files, arguments| Ok(this(files).value(&text(arguments))),
    },
    Method {
        name: "Glob",
        params: &[Type::String],
        call: |files, arguments| Ok(Value::Object(Rc::new(this(files).glob(&text(arguments))))),
    },
    Method {
        name: "Lines",
        params: &[Type::String],
        call: |files, arguments| Ok(this(files).lines(&text(arguments))),
    },
    Method {
        name: "AsConfig",
        params: &[],
        call: |files, _| -> Result<Value, Error> {
            Ok(this(files).as_data(|data| String::from_utf8_lossy(data).into_owned()))
        },
    },
    Method {
        name: "AsSecrets",
        params: &[],
        call: |files, _| -> Result<Value, Error> {
            Ok(this(files).as_data(|data| BASE64_STANDARD.encode(data)))
        },
    },
];

fn this(receiver: &dyn Object) -> &Files {
    receiver.as_any().downcast_ref().expect("a method is called on its own type")
}

fn text(arguments: &[Value]) -> String {
    match arguments {
        [Value::String(text), ..] => text.as_str().into_owned(),
        _ => String::new(),
    }
}

impl Object for Files {
    fn type_name(&self) -> &str {
        "engine.files"
    }

    fn field(&self, name: &str) -> Option<Value> {
        Some(self.value(name))
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        METHODS.iter().find(|method| method.name == name)
    }

    fn print(&self) -> String {
        let file = |(name, content): (&String, &Rc<Content>)| {
            let bytes: Vec<String> = content.data.iter().map(u8::to_string).collect();
            format!("{name}:[{}]", bytes.join(" "))
        };
        format!("map[{}]", self.0.iter().map(file).collect::<Vec<_>>().join(" "))
    }

    fn to_plain(&self) -> yaml::Value {
        let encoded = |file: &Content| yaml::Value::from(BASE64_STANDARD.encode(&file.data));
        yaml::Value::Map(self.0.iter().map(|(name, file)| (name.clone(), encoded(file))).collect())
    }

    fn entries(&self) -> Option<Vec<(Rc<str>, Value)>> {
        Some(self.0.iter().map(|(name, file)| (name.as_str().into(), file.value())).collect())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
