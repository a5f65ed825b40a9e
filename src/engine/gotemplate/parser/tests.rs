//! What parses, what does not and why; Go's texts are checked against Go in `tests/gotemplate.rs`.

use super::*;
use crate::engine::gotemplate::ast::OperandKind;
use crate::engine::gotemplate::on_large_stack;

fn parsed(text: &str) -> Result<Vec<Template>> {
    parse(
        Rc::new(Source { name: "x".into(), text: text.into() }),
        |_| None,
        &mut Interned::default(),
    )
}

fn error(text: &str) -> String {
    parsed(text).err().map(|error| error.go_text()).unwrap_or_default()
}

#[test]
fn nodes_know_their_bytes_and_where_go_says_they_are() {
    let text = "é\n{{ if (.a.b | len) }}x{{ end }}";
    let templates = parsed(text).unwrap();
    let Node::If(branch) = &templates[0].root[1] else { panic!("no if") };
    assert_eq!(branch.pipe.span.text(text), "(.a.b | len)");
    let operand = &branch.pipe.commands[0].operands[0];
    assert_eq!(operand.span.text(text), "(.a.b | len)");
    assert_eq!(&text[operand.span.at as usize..operand.span.at as usize + 4], ".a.b");
}

#[test]
fn a_definition_may_replace_an_empty_one_only() {
    let names = |text| {
        parsed(text).unwrap().iter().map(|template| template.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names("{{define \"a\"}} {{end}}{{define \"a\"}}1{{end}}"), ["a", "x"]);
    assert_eq!(
        error("{{define \"a\"}}1{{end}}{{define \"a\"}}2{{end}}"),
        "template: x:1: template: multiple definition of template \"a\""
    );
}

#[test]
fn parse_errors_mark_the_token() {
    let error = parsed("a\n  {{ nope 1 }}").err().unwrap();
    let frame = error.origin().unwrap();
    assert_eq!((frame.line, frame.excerpt.as_str()), (2, "  {{ nope 1 }}"));
    assert_eq!(&frame.excerpt[frame.mark.clone()], "nope");
}

#[test]
fn deep_nesting_is_an_error_and_not_a_crash() {
    on_large_stack(|| {
        let ifs = |count| "{{if true}}".repeat(count) + &"{{end}}".repeat(count);
        let parens = |count| format!("{{{{{}1{}}}}}", "(".repeat(count), ")".repeat(count));
        assert!(parsed(&ifs(300)).is_ok());
        assert!(parsed(&parens(300)).is_ok());
        assert_eq!(error(&ifs(100_000)), "template: x:1: max block depth exceeded");
        assert_eq!(error(&parens(100_000)), "template: x:1: max expression depth exceeded");
        let elses = "{{if true}}".to_owned() + &"{{else if true}}".repeat(100_000) + "{{end}}";
        assert_eq!(error(&elses), "template: x:1: max block depth exceeded");
        let blocks = "{{block \"a\" .}}".repeat(100_000);
        assert_eq!(error(&blocks), "template: x:1: max block depth exceeded");
    })
    .unwrap();
}

#[test]
fn numbers_keep_every_kind_that_holds_them() {
    let number = |text: &str| {
        let templates = parsed(&format!("{{{{ {text} }}}}")).unwrap();
        let Node::Action(_, pipe) = &templates[0].root[0] else { panic!("no action") };
        match &pipe.commands[0].operands[0].kind {
            OperandKind::Number(number) => {
                (number.int, number.unsigned, number.float, number.complex)
            }
            _ => panic!("no number"),
        }
    };
    assert_eq!(number("-0"), (Some(0), Some(0), Some(0.0), None));
    assert_eq!(number("1e3"), (Some(1000), Some(1000), Some(1000.0), None));
    assert_eq!(number("1.5"), (None, None, Some(1.5), None));
    assert_eq!(number("1+2i"), (None, None, None, Some((1.0, 2.0))));
    assert_eq!(number("1e+2+0i"), (Some(100), Some(100), Some(100.0), Some((100.0, 0.0))));
    assert_eq!(number("18446744073709551615"), (None, Some(u64::MAX), Some(u64::MAX as f64), None));
    assert_eq!(
        error("{{ 99999999999999999999 }}"),
        "template: x:1: integer overflow: \"99999999999999999999\""
    );
}

#[test]
fn an_action_that_is_one_raw_string_is_text() {
    let texts = |text: &str| {
        let templates = parsed(text).unwrap();
        let nodes = templates[0].root.iter();
        let text = |node: &Node| match node {
            Node::Text(span) => Some(span.text(text).to_owned()),
            _ => None,
        };
        nodes.map(text).collect::<Vec<_>>()
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(texts("a{{ `{{` }}b"), [text("a"), None, text("b")]);
    assert_eq!(texts("a{{`{{`}}b"), [text("a"), text("{{"), text("b")]);
    assert_eq!(texts("a{{` `}}{{`\r`}}"), [text("a"), None, None]);
    assert_eq!(texts("{{`x` | print}}{{ `x` \"y\" | printf}}"), [None, None]);
}
