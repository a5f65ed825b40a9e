//! From a template and a value to text.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::{Bound, Filter, Part, RunError, Step};
use crate::values::{go, json_kind};
use crate::yaml::Value;

/// How many values the steps of one run may give; nested ranges multiply.
const MAX_RESULTS: usize = 1 << 20;

/// How deep ranges may nest.
const MAX_RANGES: usize = 100;

/// How large the text of one run may become.
const MAX_TEXT: usize = 64 << 20;

/// A value between two steps; `None` is what Go has inside a range over nothing or null.
type Item<'a> = Option<Cow<'a, Value>>;

/// A step that failed, and whether it had values before: to the filter `[?(@.a)]` those count.
struct Failure {
    error: RunError,
    has_values: bool,
}

fn failure(problem: impl Into<String>, has_values: bool) -> Failure {
    Failure { error: RunError(problem.into()), has_values }
}

pub(super) fn run(parts: &[Part], value: &Value) -> Result<String, RunError> {
    let mut run = Run { parts, ranges: 0, begins: false, ends: false, last_end: None, given: 0 };
    let results = run.from(0, Some(Cow::Borrowed(value))).map_err(|failure| failure.error)?;
    let mut text = String::new();
    for items in results {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                text.push(' ');
            }
            text.push_str(&shown(item));
            if text.len() > MAX_TEXT {
                return Err(RunError(format!("the result is larger than {MAX_TEXT} bytes")));
            }
        }
    }
    Ok(text)
}

fn shown(item: &Item<'_>) -> String {
    match item.as_deref() {
        None => "<no value>".to_owned(),
        Some(Value::Float(number)) => go::float(*number),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_json(),
    }
}

struct Run<'p> {
    parts: &'p [Part],
    /// How many ranges are open.
    ranges: usize,
    /// Whether the last part opened a range.
    begins: bool,
    /// Whether the last part ended one.
    ends: bool,
    /// The part that ended the last range.
    last_end: Option<usize>,
    given: usize,
}

impl Run<'_> {
    /// Runs the parts from `start` to the end of the range that they are in.
    fn from<'a>(&mut self, start: usize, value: Item<'a>) -> Result<Vec<Vec<Item<'a>>>, Failure> {
        let mut found = Vec::new();
        let mut index = start;
        while let Some(part) = self.parts.get(index) {
            let items = match part {
                Part::Text(text) => vec![constant(Value::String(text.clone()))],
                Part::Action(steps) => self.steps(vec![value.clone()], steps)?,
            };
            if std::mem::take(&mut self.ends) {
                self.last_end = Some(index);
                break;
            }
            if std::mem::take(&mut self.begins) {
                found.extend(self.range(index + 1, items)?);
                if let Some(end) = self.last_end.filter(|end| *end > index) {
                    index = end;
                }
            } else {
                found.push(items);
            }
            index += 1;
        }
        Ok(found)
    }

    fn range<'a>(
        &mut self,
        start: usize,
        mut items: Vec<Item<'a>>,
    ) -> Result<Vec<Vec<Item<'a>>>, Failure> {
        if self.ranges == MAX_RANGES {
            return Err(failure(format!("ranges nest deeper than {MAX_RANGES} levels"), false));
        }
        self.ranges += 1;
        let is_empty = items.is_empty();
        if is_empty {
            // The parts within are run all the same, to find the end.
            items.push(None);
        }
        let mut found = Vec::new();
        for item in items {
            found.extend(self.from(start, item.filter(|value| !value.is_null()))?);
        }
        self.ranges -= 1;
        if is_empty {
            found.clear();
        }
        Ok(found)
    }

    fn steps<'a>(
        &mut self,
        mut items: Vec<Item<'a>>,
        steps: &[Step],
    ) -> Result<Vec<Item<'a>>, Failure> {
        for step in steps {
            items = self.step(items, step)?;
            self.given += items.len();
            if self.given > MAX_RESULTS {
                let problem = format!("the template gives more than {MAX_RESULTS} values");
                return Err(failure(problem, false));
            }
        }
        Ok(items)
    }

    fn step<'a>(&mut self, items: Vec<Item<'a>>, step: &Step) -> Result<Vec<Item<'a>>, Failure> {
        match step {
            // A text stands once, a number for each value there is.
            Step::Constant(value @ Value::String(_)) => Ok(vec![constant(value.clone())]),
            Step::Constant(value) => Ok(items.iter().map(|_| constant(value.clone())).collect()),
            Step::Field(name) => field(items, name),
            Step::Slice(start, end, step) => {
                let mut found = Vec::new();
                for item in &items {
                    if slice(item, (*start, *end, *step), &mut found)? {
                        break;
                    }
                }
                Ok(found)
            }
            Step::Union(parts) => {
                let mut found = Vec::new();
                for steps in parts {
                    let some = self.steps(items.clone(), steps);
                    found.extend(some.map_err(|Failure { error, .. }| Failure {
                        error,
                        has_values: !items.is_empty(),
                    })?);
                }
                Ok(found)
            }
            Step::Filter(filter) => {
                let mut found = Vec::new();
                for item in items {
                    self.filter(item, filter, &mut found)?;
                }
                Ok(found)
            }
            Step::Wildcard => Ok(items.iter().flat_map(children).collect()),
            Step::Recursive => {
                let mut found = Vec::new();
                recurse(items, &mut found)?;
                Ok(found)
            }
            Step::Word(word) => self.word(word, items),
        }
    }

    fn word<'a>(&mut self, word: &str, items: Vec<Item<'a>>) -> Result<Vec<Item<'a>>, Failure> {
        match word {
            "range" => {
                self.begins = true;
                Ok(items)
            }
            "end" if self.ranges > 0 => {
                self.ends = true;
                Ok(Vec::new())
            }
            "end" => Err(failure("not in range, nothing to end", false)),
            _ => Err(failure(format!("unrecognized identifier {word}"), !items.is_empty())),
        }
    }

    fn filter<'a>(
        &mut self,
        item: Item<'a>,
        filter: &Filter,
        found: &mut Vec<Item<'a>>,
    ) -> Result<(), Failure> {
        for item in entries(item)? {
            let left = self.steps(vec![item.clone()], &filter.left);
            let Some((operator, right)) = &filter.comparison else {
                if left.map_or_else(|failure| failure.has_values, |left| !left.is_empty()) {
                    found.push(item);
                }
                continue;
            };
            let right = (left?, self.steps(vec![item.clone()], right)?);
            let (left, right) = match (right.0.as_slice(), right.1.as_slice()) {
                ([], _) | (_, []) => continue,
                ([left], [right]) => (left, right),
                _ => return Err(failure("can only compare one element at a time", true)),
            };
            if compare(left.as_deref(), operator, right.as_deref())? {
                found.push(item);
            }
        }
        Ok(())
    }
}

fn constant<'a>(value: Value) -> Item<'a> {
    Some(Cow::Owned(value))
}

fn field<'a>(items: Vec<Item<'a>>, name: &str) -> Result<Vec<Item<'a>>, Failure> {
    if items.is_empty() {
        return Ok(items);
    }
    let found: Vec<_> = items
        .into_iter()
        .filter_map(|item| match item? {
            Cow::Borrowed(value) => Some(Some(Cow::Borrowed(value.get(name)?))),
            // Constants have no fields.
            Cow::Owned(_) => None,
        })
        .collect();
    if found.is_empty() { Err(failure(format!("{name} is not found"), false)) } else { Ok(found) }
}

/// Adds the items of a slice; says whether it is empty, which ends the step for all values.
fn slice<'a>(
    item: &Item<'a>,
    (start, end, step): (Bound, Bound, Bound),
    found: &mut Vec<Item<'a>>,
) -> Result<bool, Failure> {
    if item.as_deref().is_some_and(Value::is_null) {
        return Ok(false);
    }
    let Some(list) = item.as_deref().and_then(Value::as_list) else {
        let kind = item.as_deref().map_or("null", json_kind);
        return Err(failure(format!("{kind} is not array or slice"), true));
    };
    let length = i64::try_from(list.len()).unwrap_or(i64::MAX);
    let from_end = |index: i64| if index < 0 { index.saturating_add(length) } else { index };
    let start = if let Bound::At(start) = start { from_end(start) } else { 0 };
    let end = match end {
        Bound::Open => length,
        Bound::At(end) => from_end(end),
        Bound::Next(end) if end <= 0 => end + length,
        Bound::Next(end) => end,
    };
    if start == end {
        return Ok(true);
    }
    let outside = |index| {
        Err(failure(format!("array index out of bounds: index {index}, length {length}"), true))
    };
    if !(0..length).contains(&start) {
        return outside(start);
    }
    if !(0..=length).contains(&end) {
        return outside(end - 1);
    }
    if start > end {
        let problem = format!("starting index {start} is greater than ending index {end}");
        return Err(failure(problem, true));
    }
    let step = match step {
        Bound::At(step) if step <= 0 => return Err(failure("step must be > 0", true)),
        Bound::At(step) => usize::try_from(step).unwrap_or(usize::MAX),
        _ => 1,
    };
    let length = usize::try_from(end - start).unwrap_or(0);
    let start = usize::try_from(start).unwrap_or(0);
    found.extend(children(item).into_iter().skip(start).take(length).step_by(step));
    Ok(false)
}

fn entries(item: Item<'_>) -> Result<Vec<Item<'_>>, Failure> {
    match item.as_deref() {
        Some(Value::List(_)) => Ok(children(&item)),
        other => {
            let kind = other.map_or("null", json_kind);
            Err(failure(format!("{kind} is not array or slice and cannot be filtered"), true))
        }
    }
}

/// Returns what is in a list, a mapping by the order of its keys, or a text, which has bytes.
fn children<'a>(item: &Item<'a>) -> Vec<Item<'a>> {
    match item {
        Some(Cow::Borrowed(Value::List(list))) => {
            list.iter().map(|value| Some(Cow::Borrowed(value))).collect()
        }
        Some(Cow::Borrowed(Value::Map(map))) => {
            map.values().map(|value| Some(Cow::Borrowed(value))).collect()
        }
        Some(value) => match value.as_ref() {
            Value::String(text) => {
                text.bytes().map(|byte| constant(Value::UInt(byte.into()))).collect()
            }
            _ => Vec::new(),
        },
        None => Vec::new(),
    }
}

/// Adds everything that has something in it, each before what is in it.
fn recurse<'a>(items: Vec<Item<'a>>, found: &mut Vec<Item<'a>>) -> Result<(), Failure> {
    for item in items {
        let within = children(&item);
        if within.is_empty() {
            continue;
        }
        found.push(item);
        if found.len() > MAX_RESULTS {
            let problem = format!("the template gives more than {MAX_RESULTS} values");
            return Err(failure(problem, false));
        }
        recurse(within, found)?;
    }
    Ok(())
}

/// Compares as Go's templates do: only what is of one type, whole numbers of either sign.
fn compare(left: Option<&Value>, operator: &str, right: Option<&Value>) -> Result<bool, Failure> {
    let incompatible = || failure("incompatible types for comparison", true);
    let is_ordered = matches!(operator, "<" | ">" | "<=" | ">=");
    let order = match (left, right) {
        (Some(Value::Bool(left)), Some(Value::Bool(right))) if !is_ordered => Some(left.cmp(right)),
        (Some(Value::Float(left)), Some(Value::Float(right))) => left.partial_cmp(right),
        (Some(Value::Int(left)), Some(Value::Int(right))) => Some(left.cmp(right)),
        (Some(Value::UInt(left)), Some(Value::UInt(right))) => Some(left.cmp(right)),
        (Some(Value::Int(left)), Some(Value::UInt(right))) => {
            Some(i128::from(*left).cmp(&i128::from(*right)))
        }
        (Some(Value::UInt(left)), Some(Value::Int(right))) => {
            Some(i128::from(*left).cmp(&i128::from(*right)))
        }
        (Some(Value::String(left)), Some(Value::String(right))) => Some(left.cmp(right)),
        _ => return Err(incompatible()),
    };
    match operator {
        "==" => Ok(order == Some(Ordering::Equal)),
        "!=" => Ok(order != Some(Ordering::Equal)),
        "<" => Ok(order == Some(Ordering::Less)),
        ">" => Ok(order == Some(Ordering::Greater)),
        "<=" => Ok(order.is_some_and(Ordering::is_le)),
        ">=" => Ok(order.is_some_and(Ordering::is_ge)),
        _ => Err(failure(format!("unrecognized filter operator {operator}"), true)),
    }
}
