//! `range` over integers, lists, maps and objects with entries.

use super::super::STEP;
use super::super::ast::{Branch, VariableName};
use super::super::printf::sprint;
use super::{Boxed, Evaluated, Flow, Result, State};
use crate::engine::value::{ListType, MapType, Text, Value};

impl<'a> State<'a> {
    pub(super) fn walk_range(&mut self, dot: &Evaluated, range: &'a Branch) -> Result<Flow> {
        let mark = self.variables.len();
        let result = self.range(dot, range);
        self.variables.truncate(mark);
        result
    }

    fn range(&mut self, dot: &Evaluated, range: &'a Branch) -> Result<Flow> {
        let trace_mark = self.trace_mark();
        let over = self.pipeline(dot, &range.pipe)?.value;
        let over = match &over {
            Value::Object(object) => object.basic().unwrap_or(over),
            _ => over,
        };
        self.trace_enter_range(range, trace_mark, &over);
        self.enter()?;
        let ran = self.iterate(range, &over);
        self.templates.leave();
        let ran = ran?;
        let flow = match &range.else_list {
            Some(list) if !ran => self.walk_block(dot, list),
            _ => Ok(Flow::Next),
        };
        self.trace_leave_block();
        flow
    }

    /// Runs the body for each item, and says whether there was one.
    fn iterate(&mut self, range: &'a Branch, over: &Value) -> Result<bool> {
        match over {
            Value::Nil => Ok(false),
            Value::Int(count) => self.count_up(range, over, 0..*count, Value::Int),
            Value::Int64(count) => self.count_up(range, over, 0..*count, Value::Int64),
            Value::Uint8(count) => self.count_up(range, over, 0..*count, Value::Uint8),
            Value::Uint64(count) => self.count_up(range, over, 0..*count, Value::Uint64),
            Value::List(list) => {
                let boxed = Boxed::from(list.item_type == ListType::Any);
                let items = list.items.clone();
                self.indexed(
                    range,
                    items.iter().map(|item| Evaluated { value: item.clone(), boxed }),
                )
            }
            Value::Bytes(bytes) => {
                let bytes = bytes.iter().map(|byte| Evaluated::concrete(Value::Uint8(*byte)));
                self.indexed(range, bytes)
            }
            Value::Map(map) => {
                let boxed = Boxed::from(map.map_type() != MapType::Strings);
                let entries = map.snapshot().into_iter().map(|(key, value)| {
                    (
                        Evaluated::concrete(Value::String(Text::Utf8(key))),
                        Evaluated { value, boxed },
                    )
                });
                self.each(range, entries)
            }
            Value::Object(object) if let Some(entries) = object.entries() => {
                let entries = entries.into_iter().map(|(key, value)| {
                    (
                        Evaluated::concrete(Value::String(Text::Utf8(key))),
                        Evaluated::concrete(value),
                    )
                });
                self.each(range, entries)
            }
            _ => Err(self.not_iterable(over, "range can't iterate over ", "")),
        }
    }

    fn count_up<N>(
        &mut self,
        range: &'a Branch,
        over: &Value,
        numbers: impl Iterator<Item = N>,
        value: fn(N) -> Value,
    ) -> Result<bool> {
        if range.pipe.variables.len() > 1 {
            return Err(self.not_iterable(
                over,
                "can't use ",
                " to iterate over more than one variable",
            ));
        }
        // Go passes the number as the element, and no index.
        self.each(
            range,
            numbers.map(|number| (Evaluated::default(), Evaluated::concrete(value(number)))),
        )
    }

    fn indexed(
        &mut self,
        range: &'a Branch,
        items: impl Iterator<Item = Evaluated>,
    ) -> Result<bool> {
        let index = |index| Evaluated::concrete(Value::Int(index as i64));
        self.each(range, items.enumerate().map(|(at, item)| (index(at), item)))
    }

    fn each(
        &mut self,
        range: &'a Branch,
        items: impl Iterator<Item = (Evaluated, Evaluated)>,
    ) -> Result<bool> {
        let mark = self.variables.len();
        let mut ran = false;
        for (index, item) in items {
            ran = true;
            self.count(STEP)?;
            self.trace_item(range, &index, &item);
            self.set_range_variables(range, index, &item)?;
            let flow = self.walk_list(&item, &range.list)?;
            self.trace_dot_end(true);
            self.variables.truncate(mark);
            if flow == Flow::Break {
                break;
            }
        }
        Ok(ran)
    }

    /// Sets the variables of the range; with one, it gets the item, with two, the index comes first.
    fn set_range_variables(
        &mut self,
        range: &'a Branch,
        index: Evaluated,
        item: &Evaluated,
    ) -> Result<()> {
        let (first, second) = match &*range.pipe.variables {
            [] => return Ok(()),
            [first] => (None, first),
            [first, second, ..] => (Some(first), second),
        };
        if range.pipe.assigns {
            let mut set =
                |name: &VariableName, value| self.set_variable(name.id, &name.text, value);
            if let Some(first) = first {
                set(first, index)?;
            }
            return set(second, item.clone());
        }
        // The pipeline has just declared them, on top of all others.
        let top = self.variables.len();
        if first.is_some() {
            self.variables[top - 2].1 = index;
        }
        self.variables[top - 1].1 = item.clone();
        Ok(())
    }

    fn not_iterable(&self, over: &Value, before: &str, after: &str) -> Box<super::Error> {
        let text = sprint(over).map(|text| text.as_str().into_owned()).unwrap_or_default();
        self.error(format!("{before}{text}{after}"))
    }
}
