//! The name that someone who mistyped one most likely meant.

/// Returns the name that is most like `wanted`, if one is alike.
pub fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let scored = names.into_iter().filter(|name| *name != wanted);
    let scored = scored.filter_map(|name| Some((unlikeness(wanted, name)?, name)));
    scored.min().map(|(_, name)| name)
}

/// Says how unlike two names are; `None` if nobody would take one for the other.
fn unlikeness(wanted: &str, name: &str) -> Option<usize> {
    let (wanted, name) = (plain(wanted), plain(name));
    let distance = distance(&wanted, &name);
    let (short, long) = (wanted.len().min(name.len()), wanted.len().max(name.len()));
    // A slip of the fingers: one in three letters, and less in short names.
    if distance <= long / 3 && short > 0 {
        return Some(distance);
    }
    let shared = wanted.iter().zip(&name).take_while(|(one, other)| one == other).count();
    (shared >= 5 && 3 * shared >= 2 * short).then_some(distance)
}

/// Returns the letters without what spellings differ in: case, dashes and underscores.
fn plain(name: &str) -> Vec<char> {
    let letters = name.chars().filter(|c| !matches!(c, '-' | '_' | '.'));
    letters.flat_map(char::to_lowercase).take(100).collect()
}

/// Counts the letters to insert, remove, replace or swap with the next one.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut next = vec![row + 1];
        for (column, other_letter) in other.iter().enumerate() {
            let replaced = last[column] + usize::from(letter != other_letter);
            let mut least = replaced.min(last[column + 1] + 1).min(next[column] + 1);
            let is_swap = row > 0
                && column > 0
                && one[row - 1] == *other_letter
                && *letter == other[column - 1];
            if is_swap {
                least = least.min(before[column - 1] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut last, next);
    }
    last[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wanted: &str, names: &[&str], expected: Option<&str>) {
        assert_eq!(nearest(wanted, names.iter().copied()), expected, "{wanted}");
    }

    #[test]
    fn slips_and_other_spellings_are_alike() {
        check("tga", &["tag", "repository"], Some("tag"));
        check("pull_policy", &["pullSecrets", "pullPolicy"], Some("pullPolicy"));
        check("replicas", &["replicaCount", "resources"], Some("replicaCount"));
        check("Image", &["image", "images"], Some("image"));
    }

    #[test]
    fn other_names_are_not() {
        check("tag", &["repository", "pullPolicy"], None);
        check("a", &["b"], None);
        check("tag", &["tag"], None);
        check("x", &[], None);
    }
}
