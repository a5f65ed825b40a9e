//! The rule about what the user gives: the chart must know it. It is ours, and off by default.

use super::Severity::Error;
use super::source::Source;
use super::{Context, Linted, templates, text};
use crate::action::strict::{self, Known, Problem};
use crate::engine;
use crate::values::Layer;

const FOLDER: &str = "templates/";

/// Checks the user's values, wherever the chart renders; a chart without templates may have
/// subcharts that do.
pub(super) fn check(source: &Source, layers: &[Layer], context: &Context, linted: &mut Linted) {
    match problems(source, layers, context) {
        Ok(problems) => {
            for Problem { value, place, text } in problems {
                linted.check(Error, &place, Err(format!("`{value}` {text}")));
            }
        }
        Err(reason) => {
            let text = format!("the user's values were not checked: {reason}");
            linted.check(Error, FOLDER, Err(text));
        }
    }
}

fn problems(source: &Source, layers: &[Layer], context: &Context) -> Result<Vec<Problem>, String> {
    let mut chart = source.chart()?.clone();
    let known = Known::of(&chart);
    let (values, _) =
        templates::coalesce(&mut chart, &context.values).map_err(|error| text::of_chart(&error))?;
    let seen = templates::seen(&values, context);
    let (rendered, trace) = engine::render_leniently_traced(&chart, &seen);
    rendered.map_err(|error| error.go_text())?;
    Ok(strict::check(&chart, &known, &trace, layers))
}
