//! The one adapter on the YAML parser crate: the first document of a text as a flat list of nodes.
//!
//! The list comes before any value is made, as go-yaml builds its tree first: a grammar error wins
//! over a bad value before it, and an alias reads its anchor's nodes again. The crate reads YAML
//! 1.2; where go-yaml reads a text otherwise, that is settled here.

mod problem;
mod quirks;
mod tabs;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StructureStyle, options};

use self::tabs::Tabs;
use super::MAX_DEPTH;
use super::error::Error;
use super::input::Input;
use super::positions::Position;
use super::resolve::CoreTag;

/// The nodes of a document, in the order of the text; none stands for no document.
#[derive(Debug)]
pub(super) struct Document<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    /// Whether some nodes are read more than once.
    pub(super) has_aliases: bool,
}

/// A node of a document, or the end of a sequence or mapping.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub(super) kind: Kind<'a>,
    line: u32,
    column: u32,
}

#[derive(Debug)]
pub(super) enum Kind<'a> {
    Scalar(Scalar<'a>),
    List,
    Map,
    End,
    /// The node that an anchor names, by its place in the list.
    Alias {
        target: usize,
        name: &'a str,
    },
}

#[derive(Debug)]
pub(super) struct Scalar<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) tag: Tag,
    /// Whether the text alone decides what the scalar is: neither quotes nor a tag do.
    pub(super) implicit: bool,
}

/// What a node's tag says about how to read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    None,
    Core(CoreTag),
    Merge,
    Other,
}

impl Node<'_> {
    /// Returns where the node starts.
    pub(super) fn position(&self) -> Position {
        Position { line: self.line as usize, column: self.column as usize }
    }

    /// Returns the anchor's name of an alias.
    pub(super) fn name(&self) -> &str {
        if let Kind::Alias { name, .. } = self.kind { name } else { "" }
    }

    /// Says whether the node is the key whose value is merged into the mapping.
    pub(super) fn is_merge_key(&self) -> bool {
        matches!(&self.kind, Kind::Scalar(Scalar { text, tag, implicit })
            if text == "<<" && (*implicit || *tag == Tag::Merge))
    }
}

/// Why a document cannot be read.
pub(super) enum Failure {
    Error(Error),
    /// A space here, in bytes, makes the text one that is read as go-yaml reads it now.
    MissingSpace {
        at: usize,
        otherwise: Error,
    },
}

impl From<Error> for Failure {
    fn from(err: Error) -> Self {
        Self::Error(err)
    }
}

/// Reads the first document of a text.
pub(super) fn read<'a>(input: &'a Input<'_>) -> Result<Document<'a>, Failure> {
    let text: &str = &input.text;
    quirks::check_prefix(text)?;
    let mut reader = Reader {
        input,
        text,
        document: Document { nodes: Vec::new(), has_aliases: false },
        anchors: Vec::new(),
        open: Vec::new(),
        tabs: input.tabbed.as_deref().map(Tabs::new),
        skip: 0,
    };
    for next in Parser::new_from_str_with_options(text, parser_options()) {
        match next {
            Ok((Event::DocumentEnd | Event::StreamEnd, _)) => {
                reader.check_last_tabs()?;
                break;
            }
            Ok((event, span)) => reader.event(event, &span)?,
            Err(err) => return Err(reader.failure(&err)),
        }
    }
    Ok(reader.document)
}

fn parser_options() -> granit_parser::Options {
    options! {
        emit_comments: false,
        emit_anchor_events: true,
        block_scalar_eof_without_line_feed: true,
        bom_inside_document_as_content: true,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    }
}

struct Reader<'a, 'i> {
    input: &'a Input<'i>,
    text: &'a str,
    document: Document<'a>,
    /// The place of each anchored node, by the number that the parser gave its anchor.
    anchors: Vec<usize>,
    open: Vec<Open>,
    tabs: Option<Tabs<'a>>,
    /// How many events to leave out.
    skip: usize,
}

/// A sequence or mapping that has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Open {
    shape: Shape,
    is_flow: bool,
    /// Where it starts, counted from 0.
    column: usize,
    /// How many nodes have started in it.
    nodes: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    List,
    Map,
    /// A mapping of one entry that stands in a sequence without braces.
    Pair,
}

impl<'a> Reader<'a, '_> {
    fn event(&mut self, event: Event<'a>, span: &Span) -> Result<(), Error> {
        if self.skip > 0 && !matches!(event, Event::Anchor(..)) {
            self.skip -= 1;
            return Ok(());
        }
        // These have the place of a token that comes in another event.
        if !matches!(event, Event::Anchor(..) | Event::DocumentStart(false, _)) {
            let style = if let Event::Scalar(_, style, ..) = event { Some(style) } else { None };
            self.check_tabs(span, style)?;
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let scalar = self.scalar(text, style, tag.as_deref(), span)?;
                let scalar = self.with_colon(scalar, style, span);
                self.anchor(anchor);
                self.push(Kind::Scalar(scalar), span);
            }
            Event::SequenceStart(style, anchor, _) => {
                self.anchor(anchor);
                self.start(Shape::List, style, span);
            }
            Event::MappingStart(style, anchor, _) => {
                self.anchor(anchor);
                let in_flow_list = self.open.last().is_some_and(Open::is_flow_list);
                let is_pair = style == StructureStyle::Flow && in_flow_list && span.is_empty();
                self.start(if is_pair { Shape::Pair } else { Shape::Map }, style, span);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.open.pop();
                self.push_node(Kind::End, span);
            }
            Event::Alias(anchor) => {
                let name = self.source(span).trim_start_matches('*');
                let target = self.anchors[anchor];
                self.document.has_aliases = true;
                self.push(Kind::Alias { target, name }, span);
            }
            Event::Anchor(_, name) => quirks::check_anchor(&name, start(span))?,
            _ => {}
        }
        Ok(())
    }

    fn push(&mut self, kind: Kind<'a>, span: &Span) {
        if let Some(open) = self.open.last_mut() {
            open.nodes += 1;
        }
        self.push_node(kind, span);
    }

    fn push_node(&mut self, kind: Kind<'a>, span: &Span) {
        let Position { line, column } = start(span);
        self.document.nodes.push(Node { kind, line: line as u32, column: column as u32 });
    }

    fn start(&mut self, shape: Shape, style: StructureStyle, span: &Span) {
        let is_flow = style == StructureStyle::Flow;
        self.push(if shape == Shape::List { Kind::List } else { Kind::Map }, span);
        self.open.push(Open { shape, is_flow, column: span.start.col(), nodes: 0 });
    }

    /// Notes that the next node has the anchor with this number; 0 is none.
    fn anchor(&mut self, number: usize) {
        if number > 0 {
            self.anchors.resize(number + 1, 0);
            self.anchors[number] = self.document.nodes.len();
        }
    }

    fn scalar(
        &self,
        text: Cow<'a, str>,
        style: ScalarStyle,
        tag: Option<&granit_parser::Tag>,
        span: &Span,
    ) -> Result<Scalar<'a>, Error> {
        let source = self.source(span);
        let is_plain = style == ScalarStyle::Plain;
        if is_plain && source.is_empty() && self.behind(span).starts_with(':') {
            self.check_missing_key(span)?;
        }
        if style == ScalarStyle::DoubleQuoted {
            quirks::check_escapes(source, start(span))?;
        }
        let text = if self.input.has_separators {
            quirks::keep_separators(text, style, source)
        } else {
            text
        };
        let (tag, implicit) = match tag {
            None => (Tag::None, is_plain),
            Some(tag) => read_tag(&format!("{}{}", tag.handle(), tag.suffix())),
        };
        Ok(Scalar { text, tag, implicit })
    }

    /// Adds to a plain scalar between brackets a colon that stands before a bracket or comma: to
    /// go-yaml it is part of it, so `[a:]` holds a string and `{a:}` has the key `a:`.
    fn with_colon(&mut self, scalar: Scalar<'a>, style: ScalarStyle, span: &Span) -> Scalar<'a> {
        let Some(open) = self.open.last() else { return scalar };
        let behind = self.behind(span).strip_prefix(':');
        let has_colon = behind.is_some_and(|rest| rest.starts_with([',', ']', '}']));
        if !(open.is_flow && has_colon && style == ScalarStyle::Plain && !span.is_empty()) {
            return scalar;
        }
        if open.shape == Shape::Pair {
            self.open.pop();
            self.document.nodes.pop();
            // The empty value and the end of the mapping.
            self.skip = 2;
        }
        Scalar { text: Cow::Owned(format!("{}:", scalar.text)), ..scalar }
    }

    /// Raises go-yaml's error for a value without a key, unless a `?` stands for an empty one.
    fn check_missing_key(&self, span: &Span) -> Result<(), Error> {
        let before = self.text[..offset(span.start)].trim_end();
        match self.open.last() {
            Some(open) if open.wants_key() && !before.ends_with('?') => {
                let problem = if open.is_flow { problem::NO_NODE } else { problem::NO_KEY };
                Err(Error::parser(problem, start(span)))
            }
            _ => Ok(()),
        }
    }

    /// Returns the text that a span covers.
    fn source(&self, span: &Span) -> &'a str {
        span.slice(self.text).unwrap_or_default()
    }

    /// Returns the text that follows a span.
    fn behind(&self, span: &Span) -> &'a str {
        &self.text[offset(span.end)..]
    }

    fn check_tabs(&mut self, span: &Span, style: Option<ScalarStyle>) -> Result<(), Error> {
        match &mut self.tabs {
            Some(tabs) => tabs.advance(span, style, &self.open),
            None => Ok(()),
        }
    }

    fn check_last_tabs(&mut self) -> Result<(), Error> {
        match &mut self.tabs {
            Some(tabs) => tabs.finish(&self.open),
            None => Ok(()),
        }
    }

    fn failure(&mut self, err: &ScanError) -> Failure {
        // A tab before it comes first in the text.
        let mark = *err.marker();
        let tab = self.check_tabs(&Span::empty(mark), None).and_then(|()| {
            match (&self.tabs, problem::noticed(err, self.text, &self.open)) {
                (Some(tabs), Some(end)) if problem::is_missing_colon(err.kind()) => {
                    tabs.check_plain(end, &self.open)
                }
                _ => Ok(()),
            }
        });
        if let Err(err) = tab {
            return Failure::Error(err);
        }
        let otherwise = problem::error(err, self.text, &self.open);
        match quirks::missing_space(self.text, err) {
            Some(at) => Failure::MissingSpace { at, otherwise },
            None => Failure::Error(otherwise),
        }
    }
}

impl Open {
    fn wants_key(&self) -> bool {
        self.shape != Shape::List && self.nodes.is_multiple_of(2)
    }

    fn is_flow_list(&self) -> bool {
        self.is_flow && self.shape == Shape::List
    }
}

fn read_tag(tag: &str) -> (Tag, bool) {
    match tag.strip_prefix("tag:yaml.org,2002:") {
        Some("merge") => (Tag::Merge, false),
        Some(name) => (CoreTag::named(name).map_or(Tag::Other, Tag::Core), false),
        None => (Tag::Other, tag == "!"),
    }
}

fn start(span: &Span) -> Position {
    Position { line: span.start.line(), column: span.start.col() + 1 }
}

/// Returns the place of a mark in the text, in bytes.
fn offset(mark: granit_parser::Marker) -> usize {
    mark.byte_offset().expect("a parser of a string knows the byte of every mark")
}
