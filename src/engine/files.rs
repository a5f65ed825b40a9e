//! `.Files`: the files of a chart that are neither templates nor values, with Helm's methods.

use std::any::Any;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::functions::{Error, Type};
use super::value::{List, ListType, Method, Object, Text, Value};
use crate::chart::{Chart, glob};
use crate::yaml;

/// Files by their path in the chart; to Go a map of bytes.
pub(super) struct Files(BTreeMap<String, Arc<[u8]>>);

impl Files {
    pub(super) fn of(chart: &Chart) -> Self {
        Self(chart.files.iter().map(|file| (file.name.clone(), file.data.clone())).collect())
    }

    fn bytes(&self, name: &str) -> &[u8] {
        self.0.get(name).map_or(&[], |data| data)
    }

    fn glob(&self, pattern: &str) -> Self {
        // Helm takes a pattern that cannot be read for one that everything fits.
        let pattern = glob::Glob::parse(pattern).ok();
        let fits = |name: &str| pattern.as_ref().is_none_or(|pattern| pattern.matches(name));
        let found = self.0.iter().filter(|(name, _)| fits(name));
        Self(found.map(|(name, data)| (name.clone(), data.clone())).collect())
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
        let data = self.0.iter().map(|(name, data)| (base(name), content(data).into()));
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
        call: |files, arguments| Ok(Value::Bytes(this(files).bytes(&text(arguments)).into())),
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
        Some(Value::Bytes(self.bytes(name).into()))
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        METHODS.iter().find(|method| method.name == name)
    }

    fn print(&self) -> String {
        let file = |(name, data): (&String, &Arc<[u8]>)| {
            let bytes: Vec<String> = data.iter().map(u8::to_string).collect();
            format!("{name}:[{}]", bytes.join(" "))
        };
        format!("map[{}]", self.0.iter().map(file).collect::<Vec<_>>().join(" "))
    }

    fn to_plain(&self) -> yaml::Value {
        let encoded = |data: &Arc<[u8]>| yaml::Value::from(BASE64_STANDARD.encode(data));
        yaml::Value::Map(self.0.iter().map(|(name, data)| (name.clone(), encoded(data))).collect())
    }

    fn entries(&self) -> Option<Vec<(Rc<str>, Value)>> {
        let entry = |(name, data): (&String, &Arc<[u8]>)| {
            (Rc::from(name.as_str()), Value::Bytes(Rc::from(&**data)))
        };
        Some(self.0.iter().map(entry).collect())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
