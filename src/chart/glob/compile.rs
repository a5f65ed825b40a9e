//! From the parts of a pattern to matchers, with all that gobwas rewrites on the way.

use super::matcher::{Matcher, Tree};
use super::syntax::Node;

/// Makes the matcher of a part.
pub(super) fn compile(node: &Node) -> Matcher {
    let matcher = match node {
        Node::AnyOf(alternatives) => match common_parts(alternatives) {
            Some(pattern) => return compile(&pattern),
            None => return Matcher::AnyOf(compile_all(alternatives)),
        },
        Node::Pattern(nodes) if nodes.is_empty() => return Matcher::Nothing,
        Node::Pattern(nodes) => join(&minimize(compile_all(nodes))),
        Node::Text(text) => Matcher::Text(text.clone()),
        Node::Any => Matcher::Any,
        Node::Super => Matcher::Super,
        Node::Single => Matcher::Single,
        Node::List { characters, negated } => {
            Matcher::List { characters: characters.clone(), negated: *negated }
        }
        Node::Range { low, high, negated } => {
            Matcher::Range { low: *low, high: *high, negated: *negated }
        }
        Node::Nothing => Matcher::Nothing,
    };
    optimize(matcher)
}

fn compile_all(nodes: &[Node]) -> Vec<Matcher> {
    nodes.iter().map(|node| optimize(compile(node))).collect()
}

/// Joins matchers into a tree around the longest one whose length is known, the last of these.
fn join(matchers: &[Matcher]) -> Matcher {
    if let [single] = matchers {
        return single.clone();
    }
    if let Some(glued) = glue(matchers) {
        return glued;
    }
    let known = matchers.iter().enumerate().filter_map(|(at, one)| Some((one.length()?, at)));
    let side = |matchers: &[Matcher]| (!matchers.is_empty()).then(|| join(matchers));
    let (left, value, right) = match known.max() {
        Some((_, at)) => (side(&matchers[..at]), &matchers[at], side(&matchers[at + 1..])),
        None => (None, &matchers[0], side(&matchers[1..])),
    };
    Matcher::Tree(Box::new(Tree::new(value.clone(), left, right)))
}

/// Glues neighbors as long as there are some to glue, the longest run first.
fn minimize(matchers: Vec<Matcher>) -> Vec<Matcher> {
    let mut best: Option<(Matcher, std::ops::Range<usize>)> = None;
    for left in 0..matchers.len() {
        for right in (left + 1..=matchers.len()).rev() {
            let Some(glued) = glue(&matchers[left..right]) else { continue };
            let better = best.as_ref().is_none_or(|(done, range)| {
                let longer = done.length().zip(glued.length()).is_some_and(|(old, new)| new > old);
                longer || range.len() < right - left
            });
            if better {
                best = Some((glued, left..right));
            }
        }
    }
    let Some((glued, range)) = best else { return matchers };
    let mut next = matchers;
    next.splice(range, [glued]);
    minimize(next)
}

fn glue(matchers: &[Matcher]) -> Option<Matcher> {
    if matchers.len() <= 1 {
        return None;
    }
    glue_kinds(matchers).or_else(|| {
        let lengths = matchers.iter().map(Matcher::length).sum::<Option<usize>>()?;
        Some(Matcher::Row { matchers: matchers.to_vec(), length: lengths })
    })
}

/// Glues wildcards that stop at the same characters into one that counts.
fn glue_kinds(matchers: &[Matcher]) -> Option<Matcher> {
    let (mut has_any, mut has_super, mut singles) = (false, false, 0);
    let mut separators: Option<String> = None;
    for matcher in matchers {
        let own = match matcher {
            Matcher::Super => {
                has_super = true;
                String::new()
            }
            Matcher::Any => {
                has_any = true;
                "/".to_owned()
            }
            Matcher::Single => {
                singles += 1;
                "/".to_owned()
            }
            Matcher::List { characters, negated: true } => {
                singles += 1;
                characters.iter().collect()
            }
            _ => return None,
        };
        if *separators.get_or_insert_with(|| own.clone()) != own {
            return None;
        }
    }
    let separators = separators.unwrap_or_default();
    if singles == 0 {
        return Some(if has_super { Matcher::Super } else { Matcher::Any });
    }
    let mut every = vec![Matcher::Min(singles)];
    if !has_any && !has_super {
        every.push(Matcher::Max(singles));
    }
    every.push(Matcher::NotContaining(separators));
    Some(Matcher::EveryOf(every))
}

fn optimize(matcher: Matcher) -> Matcher {
    match matcher {
        Matcher::AnyOf(mut matchers) if matchers.len() == 1 => matchers.remove(0),
        Matcher::List { characters, negated: false } if characters.len() == 1 => {
            Matcher::Text(characters.into_iter().collect())
        }
        Matcher::Tree(tree) => optimize_tree(*tree),
        other => other,
    }
}

fn optimize_tree(mut tree: Tree) -> Matcher {
    tree.left = tree.left.map(optimize);
    tree.right = tree.right.map(optimize);
    let Matcher::Text(text) = &tree.value else { return Matcher::Tree(Box::new(tree)) };
    let text = text.clone();
    match (&tree.left, &tree.right) {
        (None, None) => Matcher::Text(text),
        (Some(Matcher::Super), Some(Matcher::Super)) => Matcher::Containing(text),
        (Some(Matcher::Super), None) => Matcher::Suffix(text),
        (None, Some(Matcher::Super)) => Matcher::Prefix(text),
        (None, Some(Matcher::Suffix(suffix))) => Matcher::PrefixSuffix(text, suffix.clone()),
        (Some(Matcher::Prefix(prefix)), None) => Matcher::PrefixSuffix(prefix.clone(), text),
        (Some(Matcher::Any), None) => Matcher::SuffixAny(text),
        (None, Some(Matcher::Any)) => Matcher::PrefixAny(text),
        _ => Matcher::Tree(Box::new(tree)),
    }
}

/// Takes the parts that all alternatives have in common out of them.
fn common_parts(alternatives: &[Node]) -> Option<Node> {
    let patterns: Vec<&[Node]> = alternatives
        .iter()
        .map(|one| if let Node::Pattern(nodes) = one { Some(nodes.as_slice()) } else { None })
        .collect::<Option<_>>()?;
    let (left, right) = count_common(&patterns)?;
    let shortest = patterns.first()?;
    let mut result = Vec::new();
    if left > 0 {
        result.push(Node::Pattern(shortest[..left].to_vec()));
    }
    let mut rest = Vec::new();
    for pattern in &patterns {
        let node = match &pattern[left..pattern.len() - right] {
            [] => Node::Nothing,
            nodes => Node::Pattern(nodes.to_vec()),
        };
        if !rest.contains(&node) {
            rest.push(node);
        }
    }
    match rest.as_slice() {
        [Node::Nothing] => {}
        [single] => result.push(single.clone()),
        _ => result.push(Node::AnyOf(rest)),
    }
    if right > 0 {
        result.push(Node::Pattern(shortest[shortest.len() - right..].to_vec()));
    }
    Some(Node::Pattern(result))
}

/// Counts the parts that all alternatives start with and end with; `None` if there are neither.
fn count_common(patterns: &[&[Node]]) -> Option<(usize, usize)> {
    if patterns.len() <= 1 {
        return None;
    }
    let shortest = patterns.iter().min_by_key(|pattern| pattern.len())?;
    let length = shortest.len();
    let (mut left_ends, mut right_ends) = (false, false);
    let (mut left, mut right) = (0, 0);
    for step in 0..length {
        if left + right >= length || (left_ends && right_ends) {
            break;
        }
        let back = length - 1 - step;
        for other in patterns.iter().filter(|other| !std::ptr::eq(**other, *shortest)) {
            if left_ends && right_ends {
                break;
            }
            left_ends = left_ends || shortest[step] != other[step];
            right_ends = right_ends || (!left_ends && back <= step);
            right_ends = right_ends || shortest[back] != other[back + other.len() - length];
        }
        left += usize::from(!left_ends);
        right += usize::from(!right_ends);
    }
    (left + right > 0).then_some((left, right))
}
