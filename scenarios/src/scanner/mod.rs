//! Where in a RON text the value of a field stands. RON's own parser gives places for errors of syntax and
//! type; an unknown region or an infeasible value is found later, when only its path is known.
//!
//! Nodes live in one list and refer to each other by index, so that a hundred thousand open brackets cost
//! memory and not stack.

#[cfg(test)]
mod property;
mod tokens;

use std::cmp::Reverse;
use std::ops::Range;

use tokens::{Kind, Token};

/// Nothing is listed beyond this depth.
const DEEPEST: usize = 1_000;

/// A RON text taken apart into values and their places.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    words: Vec<Range<usize>>,
    unclosed: Option<usize>,
}

/// One value: a word, or a bracketed group with the name before it.
#[derive(Clone, Debug)]
struct Node {
    /// All of it, name and brackets included.
    at: Range<usize>,
    parent: Option<usize>,
    /// The field name or map key before the colon.
    key: Option<Range<usize>>,
    /// The opening bracket; `None` for a word.
    open: Option<usize>,
    children: Vec<usize>,
}

impl Tree {
    /// Takes `text` apart; works on any text.
    pub fn new(text: &str) -> Tree {
        let tokens = tokens::tokens(text);
        let words = tokens.iter().map(|token| token.at.clone()).collect();
        let mut builder = Builder::default();
        for token in tokens {
            builder.take(token);
            // Deeper is refused by its first bracket; what would follow is not needed, and may be a megabyte of them.
            if builder.open.len() > DEEPEST {
                break;
            }
        }
        let unclosed = builder.open.last().and_then(|group| builder.nodes[*group].open);
        Tree { nodes: builder.finish(text.len()), words, unclosed }
    }

    /// The place of the value at `path`, such as `faults[0].strike`. An empty path is the whole document;
    /// `Some(...)` is seen through.
    pub fn find(&self, text: &str, path: &str) -> Option<Range<usize>> {
        self.resolve(text, path).map(|node| self.nodes[node].at.clone())
    }

    /// As [`Tree::find`], but with the `Some(...)` around the value.
    pub fn find_whole(&self, text: &str, path: &str) -> Option<Range<usize>> {
        let root = self.nodes.iter().position(|node| node.parent.is_none())?;
        let node = steps(path).try_fold(root, |node, step| self.child(text, node, step))?;
        Some(self.nodes[node].at.clone())
    }

    /// The paths of all words that read `word`.
    pub fn paths_of(&self, text: &str, word: &str) -> Vec<String> {
        let is_word =
            |node: &&usize| self.nodes[**node].open.is_none() && &text[self.nodes[**node].at.clone()] == word;
        let all: Vec<usize> = (0..self.nodes.len()).collect();
        all.iter().filter(is_word).map(|node| self.path(text, *node)).collect()
    }

    /// The words that `is_wanted`, each with the name of the nearest field, or variant with values, that it belongs to.
    pub fn named_words<'a>(
        &'a self,
        text: &'a str,
        is_wanted: impl Fn(&str) -> bool + 'a,
    ) -> impl Iterator<Item = (&'a str, Range<usize>)> {
        let words = self.nodes.iter().enumerate().filter(|(_, node)| node.open.is_none());
        let wanted = words.filter(move |(_, node)| is_wanted(&text[node.at.clone()]));
        wanted.map(|(index, node)| (self.name_around(text, index), node.at.clone()))
    }

    fn name_around<'a>(&self, text: &'a str, mut node: usize) -> &'a str {
        loop {
            if let Some(key) = self.nodes[node].key.clone() {
                return text[key].trim_start_matches("r#").trim_matches('"');
            }
            let Some(parent) = self.nodes[node].parent else { return "" };
            let group = &self.nodes[parent];
            let name = group.open.map_or("", |open| text[group.at.start..open].trim());
            if !["", "Some"].contains(&name) {
                return name;
            }
            node = parent;
        }
    }

    /// The innermost bracketed group that contains the byte `at` or ends there.
    pub fn group_around(&self, at: usize) -> Option<Range<usize>> {
        let around =
            |node: &&Node| node.open.is_some_and(|open| open < at) && at <= node.at.end.saturating_sub(1);
        self.nodes.iter().filter(around).max_by_key(|node| node.open).map(|node| node.at.clone())
    }

    /// The last token that ends at or before `at`.
    pub fn token_before(&self, at: usize) -> Option<Range<usize>> {
        self.words.iter().rfind(|word| word.end <= at).cloned()
    }

    /// The token that contains `at`, or the first one after it.
    pub fn token_from(&self, at: usize) -> Option<Range<usize>> {
        self.words.iter().find(|word| word.end > at).cloned()
    }

    /// The token that reads `word` and starts nearest before `at`.
    pub fn word_before(&self, text: &str, word: &str, at: usize) -> Option<Range<usize>> {
        self.words.iter().rfind(|place| place.start <= at && text[(*place).clone()] == *word).cloned()
    }

    /// The token that contains `at` or ends there, or else the one that begins there.
    pub fn token_touching(&self, at: usize) -> Option<Range<usize>> {
        let reached = self.words.iter().find(|word| word.start < at && at <= word.end);
        reached.or_else(|| self.words.iter().find(|word| word.start == at)).cloned()
    }

    /// The largest value that ends at or last before `at`.
    pub fn value_before(&self, at: usize) -> Option<Range<usize>> {
        let ended = self.nodes.iter().filter(|node| node.at.end <= at);
        ended.max_by_key(|node| (node.at.end, Reverse(node.at.start))).map(|node| node.at.clone())
    }

    /// The innermost bracket that is never closed.
    pub fn unclosed(&self) -> Option<usize> {
        self.unclosed
    }

    /// The first bracket that opens a level beyond `limit`.
    pub fn deeper_than(&self, limit: usize) -> Option<usize> {
        let mut depths = vec![0_usize; self.nodes.len()];
        for (index, node) in self.nodes.iter().enumerate() {
            // A group is listed before what it contains, so its depth is known.
            depths[index] = node.parent.map_or(0, |parent| depths[parent]) + usize::from(node.open.is_some());
            if depths[index] > limit {
                return node.open;
            }
        }
        None
    }

    fn resolve(&self, text: &str, path: &str) -> Option<usize> {
        let root = self.nodes.iter().position(|node| node.parent.is_none())?;
        steps(path)
            .try_fold(root, |node, step| self.child(text, node, step))
            .map(|node| self.see_through(text, node))
    }

    fn child(&self, text: &str, node: usize, step: Step) -> Option<usize> {
        let children = &self.nodes[self.see_through(text, node)].children;
        match step {
            Step::Item(index) => children.get(index).copied(),
            Step::Field(name) => children.iter().copied().find(|child| self.key_is(text, *child, name)),
        }
    }

    fn key_is(&self, text: &str, node: usize, name: &str) -> bool {
        let Some(key) = self.nodes[node].key.clone() else { return false };
        let key = text[key].trim_start_matches("r#");
        key.trim_matches('"') == name
    }

    /// The value inside `Some(...)`, however often it is wrapped.
    fn see_through(&self, text: &str, mut node: usize) -> usize {
        while let Node { open: Some(open), at, children, .. } = &self.nodes[node]
            && text[at.start..*open].trim() == "Some"
            && let [inner] = children[..]
        {
            node = inner;
        }
        node
    }

    fn path(&self, text: &str, node: usize) -> String {
        let mut steps = Vec::new();
        let mut here = node;
        while let Some(parent) = self.nodes[here].parent {
            steps.push(match self.nodes[here].key.clone() {
                Some(key) => format!(".{}", text[key].trim_start_matches("r#").trim_matches('"')),
                None => {
                    let index = self.nodes[parent].children.iter().position(|child| *child == here);
                    format!("[{}]", index.expect("a node is among its parent's children"))
                }
            });
            here = parent;
        }
        steps.reverse();
        steps.concat().trim_start_matches('.').to_owned()
    }
}

/// One step of a path.
enum Step<'a> {
    Field(&'a str),
    Item(usize),
}

/// `faults[0].strike` in steps; what is neither a name nor a number is taken for a name and found nowhere.
fn steps(path: &str) -> impl Iterator<Item = Step<'_>> {
    let parts = path.split(['.', '[']).map(|part| part.trim_end_matches(']'));
    parts.filter(|part| !part.is_empty()).map(|part| part.parse().map_or(Step::Field(part), Step::Item))
}

/// `path` without its last step; `None` for the empty path.
pub(crate) fn parent_path(path: &str) -> Option<&str> {
    match path.rfind(['.', '[']) {
        Some(end) => Some(&path[..end]),
        None if path.is_empty() => None,
        None => Some(""),
    }
}

#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    /// Open groups, innermost last.
    open: Vec<usize>,
    key: Option<Range<usize>>,
    /// Words since the last punctuation.
    pending: Option<Range<usize>>,
}

impl Builder {
    fn take(&mut self, token: Token) {
        match token.kind {
            Kind::Open(_) => self.open_group(token.at),
            Kind::Close(_) => self.close_group(token.at.end),
            Kind::Comma => self.end_entry(),
            Kind::Colon => self.key = self.pending.take(),
            Kind::Word => {
                let start = self.pending.take().map_or(token.at.start, |words| words.start);
                self.pending = Some(start..token.at.end);
            }
        }
    }

    fn open_group(&mut self, bracket: Range<usize>) {
        let start = self.pending.take().map_or(bracket.start, |name| name.start);
        let group = self.add(start..bracket.end, Some(bracket.start));
        self.open.push(group);
    }

    fn close_group(&mut self, end: usize) {
        self.end_entry();
        if let Some(group) = self.open.pop() {
            self.nodes[group].at.end = end;
        }
    }

    fn end_entry(&mut self) {
        if let Some(word) = self.pending.take() {
            self.add(word, None);
        }
        self.key = None;
    }

    fn add(&mut self, at: Range<usize>, open: Option<usize>) -> usize {
        let (index, parent) = (self.nodes.len(), self.open.last().copied());
        self.nodes.push(Node { at, parent, key: self.key.take(), open, children: Vec::new() });
        if let Some(parent) = parent {
            self.nodes[parent].children.push(index);
        }
        index
    }

    /// Groups that nobody closed reach to the end of the text.
    fn finish(mut self, length: usize) -> Vec<Node> {
        self.end_entry();
        for group in self.open {
            self.nodes[group].at.end = length;
        }
        self.nodes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at<'a>(text: &'a str, path: &str) -> Option<&'a str> {
        Tree::new(text).find(text, path).map(|place| &text[place])
    }

    #[test]
    fn a_path_leads_to_its_value() {
        let text = r#"Plan(a: (b: [1, Two("x"), (c: -3.5)]), /* a: 7 */ "d": Some((e: 'f')))"#;
        assert_eq!(at(text, "a.b[0]"), Some("1"));
        assert_eq!(at(text, "a.b[1]"), Some(r#"Two("x")"#));
        assert_eq!(at(text, "a.b[1][0]"), Some(r#""x""#));
        assert_eq!(at(text, "a.b[2].c"), Some("-3.5"));
        assert_eq!(at(text, "d.e"), Some("'f'"));
        assert_eq!(at(text, "a.b[3]"), None);
        assert_eq!(at(text, ""), Some(text));
    }

    #[test]
    fn every_word_knows_its_path() {
        let text = "(a: (b: None), c: [1, None])";
        assert_eq!(Tree::new(text).paths_of(text, "None"), ["a.b", "c[1]"]);
    }

    #[test]
    fn a_path_shrinks_step_by_step() {
        assert_eq!(parent_path("a.b[2].c"), Some("a.b[2]"));
        assert_eq!(parent_path("a.b[2]"), Some("a.b"));
        assert_eq!(parent_path("a"), Some(""));
        assert_eq!(parent_path(""), None);
    }

    #[test]
    fn a_hundred_thousand_open_brackets_cost_no_stack_and_little_memory() {
        let text = "(".repeat(100_000);
        let tree = Tree::new(&text);
        assert_eq!(tree.deeper_than(998), Some(998));
        assert!(tree.find(&text, &"[0]".repeat(1_000)).is_some());
        assert!(tree.nodes.len() <= DEEPEST + 1);
    }
}
