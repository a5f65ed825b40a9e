//! What the trace is told while templates run; without one, each of these is a look at one field.

use std::rc::Rc;

use super::super::ast::{Branch, Pipe, Span, VariableName};
use super::{Evaluated, State};
use crate::engine::trace::{Caller, Keyword, Recorder, Spot};
use crate::engine::value::Value;

impl<'a> State<'a> {
    #[inline]
    pub(super) fn trace_mark(&self) -> usize {
        self.trace.map_or(0, Recorder::mark)
    }

    #[inline]
    pub(super) fn trace_begin(&self) {
        if let Some(trace) = self.trace {
            trace.begin();
        }
    }

    #[inline]
    pub(super) fn trace_end(&self) {
        if let Some(trace) = self.trace {
            trace.end();
        }
    }

    /// Tells that `$` is the dot of the template that starts.
    #[inline]
    pub(super) fn trace_root(&self) {
        if let Some(trace) = self.trace {
            trace.dot_variable(self.base);
        }
    }

    /// Tells of text of the template that was just written.
    #[inline]
    pub(super) fn trace_literal(&self, span: Span) {
        if let Some(trace) = self.trace {
            let end = self.out.len();
            let length = (span.end - span.start) as usize;
            trace.literal(self.spot(span), end - length..end);
        }
    }

    /// Tells of an action that has written all from `start` on.
    #[inline]
    pub(super) fn trace_printed(&self, span: Span, mark: usize, start: usize, value: &Value) {
        if let Some(trace) = self.trace {
            if self.out.len() == start {
                trace.forget(mark);
                return;
            }
            let text = String::from_utf8_lossy(&self.out[start..]);
            trace.printed(self.spot(span), mark, start, &text, value);
        }
    }

    #[inline]
    pub(super) fn trace_enter_block(&self, keyword: Keyword, branch: &Branch, mark: usize) {
        if let Some(trace) = self.trace {
            trace.enter_block(keyword, self.spot(branch.pipe.span), mark, None);
        }
    }

    #[inline]
    pub(super) fn trace_enter_range(&self, range: &Branch, mark: usize, over: &Value) {
        if let Some(trace) = self.trace {
            trace.enter_block(Keyword::Range, self.spot(range.pipe.span), mark, Some(over));
        }
    }

    #[inline]
    pub(super) fn trace_leave_block(&self) {
        if let Some(trace) = self.trace {
            trace.leave_block();
        }
    }

    /// Tells that the value of a block's pipeline becomes the dot, if it does.
    #[inline]
    pub(super) fn trace_dot(&self, sets_dot: bool) {
        if let Some(trace) = self.trace.filter(|_| sets_dot) {
            trace.push_dot();
        }
    }

    #[inline]
    pub(super) fn trace_dot_end(&self, sets_dot: bool) {
        if let Some(trace) = self.trace.filter(|_| sets_dot) {
            trace.pop_dot();
        }
    }

    /// Tells of the next item of a range, which becomes the dot.
    #[inline]
    pub(super) fn trace_item(&self, range: &Branch, index: &Evaluated, item: &Evaluated) {
        if let Some(trace) = self.trace {
            trace.push_item(&index.value, &item.value, &self.slots(&range.pipe));
        }
    }

    #[inline]
    pub(super) fn trace_enter_template(&self, span: Span, mark: usize) -> Option<Caller> {
        self.trace.map(|trace| trace.enter_template(self.spot(span), mark))
    }

    #[inline]
    pub(super) fn trace_leave_template(&self, caller: Option<Caller>) {
        if let (Some(trace), Some(caller)) = (self.trace, caller) {
            trace.leave_template(&caller);
        }
    }

    #[inline]
    pub(super) fn trace_begin_pipeline(&self) {
        if let Some(trace) = self.trace {
            trace.begin_pipeline();
        }
    }

    #[inline]
    pub(super) fn trace_end_pipeline(&self, pipe: &Pipe) {
        if let Some(trace) = self.trace {
            trace.end_pipeline(&self.slots(pipe));
        }
    }

    #[inline]
    pub(super) fn trace_begin_call(&self) {
        if let Some(trace) = self.trace {
            trace.begin_call();
        }
    }

    #[inline]
    pub(super) fn trace_argument(&self) {
        if let Some(trace) = self.trace {
            trace.argument();
        }
    }

    /// Tells that the dot, or fields of it, were read or could not be.
    #[inline]
    pub(super) fn trace_dot_read(&self, dot: &Evaluated, fields: &[Rc<str>], is_read: bool) {
        if let Some(trace) = self.trace {
            trace.fields(&dot.value, None, fields, is_read);
        }
    }

    /// Tells that a variable, or fields of it, were read or could not be.
    #[inline]
    pub(super) fn trace_variable(
        &self,
        name: &VariableName,
        value: &Evaluated,
        fields: &[Rc<str>],
        is_read: bool,
    ) {
        if let Some(trace) = self.trace {
            trace.fields(&value.value, self.slot(name), fields, is_read);
        }
    }

    /// Tells that fields of a computed value were read or could not be.
    #[inline]
    pub(super) fn trace_chain(
        &self,
        mark: usize,
        value: &Evaluated,
        fields: &[Rc<str>],
        is_read: bool,
    ) {
        if let Some(trace) = self.trace {
            trace.chain(&value.value, mark, fields, is_read);
        }
    }

    fn spot(&self, span: Span) -> Spot<'_> {
        let source = &self.template.source;
        let (file, text, template) = (&source.name, &source.text, &self.template.name);
        Spot { file, text, template, at: span.start as usize }
    }

    /// Returns where the variables of a pipeline are kept.
    fn slots(&self, pipe: &Pipe) -> Vec<usize> {
        pipe.variables.iter().filter_map(|variable| self.slot(variable)).collect()
    }

    fn slot(&self, name: &VariableName) -> Option<usize> {
        let known = self.variables[self.base..].iter().rposition(|(known, _)| *known == name.id);
        known.map(|index| self.base + index)
    }
}
