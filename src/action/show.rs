//! Show: what is in a chart, without rendering it.

use std::path::Path;

use super::{Error, prepare};
use crate::chart::{Chart, File};
use crate::values::jsonpath::{SyntaxError, Template};
use crate::yaml::{self, Value};

/// What of a chart is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Show {
    /// Everything.
    All,
    /// `Chart.yaml`.
    Chart,
    /// The file of the default values as it is, or what a JSONPath template says of them.
    Values {
        /// The template.
        jsonpath: Option<String>,
    },
    /// The README.
    Readme,
    /// The files of `crds/`, also of subcharts.
    Crds,
}

/// What is shown of a chart.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The text; files of a chart may be any bytes.
    pub text: Vec<u8>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

const SEPARATOR: &[u8] = b"---\n";

/// What a README may be called, in any case of its letters.
const READMES: [&str; 3] = ["readme.md", "readme.txt", "readme"];

/// Shows what is in a chart: a folder or a packed chart.
///
/// # Errors
/// Fails when the chart cannot be loaded, or the template is none.
pub fn show(path: &Path, what: &Show) -> Result<Shown, Error> {
    let chart = prepare::load_to_show(path)?;
    let is_all = *what == Show::All;
    let mut shown = Shown::default();
    if is_all || *what == Show::Chart {
        let metadata = yaml::to_value(&chart.metadata).expect("metadata is plain data");
        shown.add_line(yaml::emit(&metadata).as_bytes());
    }
    if let Some(values) = chart.raw_file("values.yaml") {
        match what {
            Show::Values { jsonpath: Some(template) } => shown.add_values(&chart, template)?,
            Show::All => shown.add_part(values),
            Show::Values { jsonpath: None } => shown.add_line(&values.data),
            _ => {}
        }
    }
    if let Some(readme) = readme(&chart) {
        match what {
            Show::All => shown.add_part(readme),
            Show::Readme => shown.add_line(&readme.data),
            _ => {}
        }
    }
    if is_all || *what == Show::Crds {
        for file in chart.crds() {
            match file.data.starts_with(b"---") {
                true => shown.add_line(&file.data),
                false => shown.add_part(&file),
            }
        }
    }
    Ok(shown)
}

fn readme(chart: &Chart) -> Option<&File> {
    let is_readme = |name: &str| READMES.iter().any(|known| known.eq_ignore_ascii_case(name));
    chart.files.iter().find(|file| is_readme(&file.name))
}

impl Shown {
    fn add_line(&mut self, text: &[u8]) {
        self.text.extend_from_slice(text);
        self.text.push(b'\n');
    }

    fn add_part(&mut self, file: &File) {
        self.text.extend_from_slice(SEPARATOR);
        self.add_line(&file.data);
    }

    /// Adds what a template says of the values; nothing, as in Helm, but not in silence, where it
    /// has no result.
    fn add_values(&mut self, chart: &Chart, template: &str) -> Result<(), Error> {
        let parsed = Template::parse(template).map_err(|source: SyntaxError| Error::JsonPath {
            template: template.to_owned(),
            source,
        })?;
        match parsed.run(&Value::Map(chart.values.clone())) {
            Ok(text) => self.text.extend_from_slice(text.as_bytes()),
            Err(error) => self.warnings.push(format!("nothing to show for {template}: {error}")),
        }
        Ok(())
    }
}
