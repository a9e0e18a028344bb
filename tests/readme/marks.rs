//! Which command prints what a page shows.

/// A piece of a page, and the commands of which all that it shows was copied.
pub struct Mark {
    /// Line of the page, from 1.
    pub line: usize,
    pub commands: Vec<String>,
    pub shown: Shown,
}

pub enum Shown {
    /// Lines of a block; without blank ones and `...`.
    Block(Vec<String>),
    /// A paragraph, a list item, or rows of a table.
    Text(String),
}

/// All marks of a page. Panics where a mark is before nothing.
pub fn read(page: &str) -> Vec<Mark> {
    let lines: Vec<&str> = page.lines().collect();
    let mut marks = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let commands: Vec<String> = lines[at..].iter().map_while(|line| command(line)).collect();
        at += commands.len();
        if !commands.is_empty() {
            marks.push(Mark { line: at + 1, commands, shown: shown(&lines[at..], at) });
        }
        at += 1;
    }
    marks
}

/// `<!-- prints: COMMAND -->` and `<!-- figures: COMMAND -->` mean the same; what follows decides.
fn command(line: &str) -> Option<String> {
    let comment = line.trim().strip_prefix("<!-- ")?.strip_suffix(" -->")?;
    let command = comment.strip_prefix("prints: ").or(comment.strip_prefix("figures: "))?;
    Some(command.to_owned())
}

fn shown(after: &[&str], line: usize) -> Shown {
    match after.first() {
        Some(fence) if fence.trim_start().starts_with("```") => Shown::Block(block(&after[1..])),
        Some(text) if !text.trim().is_empty() => Shown::Text(paragraph(after)),
        _ => panic!("line {line}: a mark is followed by what it marks, without a blank line"),
    }
}

fn block(after: &[&str]) -> Vec<String> {
    let lines = after.iter().take_while(|line| !line.trim_start().starts_with("```"));
    let told = lines.map(|line| line.trim()).filter(|line| !line.is_empty() && *line != "...");
    told.map(str::to_owned).collect()
}

/// Up to a blank line, the next list item, or the next mark.
fn paragraph(after: &[&str]) -> String {
    let ends = |line: &str| line.trim().is_empty() || line.starts_with("- ") || command(line).is_some();
    let length = 1 + after[1..].iter().take_while(|line| !ends(line)).count();
    after[..length].join("\n")
}

#[test]
fn a_mark_belongs_to_what_follows_it() {
    let page = "text\n<!-- prints: firedrill a -->\n```text\none\n\n...\n two\n```\n\
        <!-- figures: firedrill b -->\n<!-- figures: firedrill c -->\n- item 1s\n  more\n- other\n";
    let marks = read(page);
    assert_eq!(marks.len(), 2);
    assert!(matches!(&marks[0].shown, Shown::Block(lines) if lines[..] == ["one", "two"]));
    assert_eq!(marks[1].commands, ["firedrill b", "firedrill c"]);
    assert!(matches!(&marks[1].shown, Shown::Text(text) if text == "- item 1s\n  more"));
}
