//! Columns of text, aligned, under one or two lines of headings.

use crate::paint::{Style, columns, paint, shortened};

/// A column. Neighbours with the same group share one heading above their own.
#[derive(Clone, Copy)]
pub(crate) struct Column {
    pub(crate) group: &'static str,
    pub(crate) head: &'static str,
    /// Text begins at the left; figures end at the right.
    pub(crate) left: bool,
    /// Left out where there is no room.
    pub(crate) spare: bool,
}

/// A cell: its text and what it means.
pub(crate) type Cell = (String, Style);

/// The first column is cut down to so many characters before a spare one is left out, and to so many when none is left.
const NAME_LEAST: [usize; 2] = [19, 12];

/// Lays the rows out within `width` columns. When there is not room for all, the folder that all names begin with is
/// left out, then the first column gives way, then the spare ones; figures are never cut.
pub(crate) fn render(heads: &[Column], rows: &[Vec<Cell>], width: usize, color: bool) -> String {
    let natural: Vec<usize> = (0..heads.len()).map(|at| natural_width(heads, rows, at)).collect();
    let gap = if needed(&groups_fitted(heads, &natural, 2), 2) <= width { 2 } else { 1 };
    let mut widths = groups_fitted(heads, &natural, gap);
    let excess = needed(&widths, gap).saturating_sub(width);
    if excess > 0
        && let Some(rows) = without_common_folder(rows)
    {
        return render(heads, &rows, width, color);
    }
    let spare = heads.iter().position(|column| column.spare);
    let least = NAME_LEAST[usize::from(spare.is_none())].min(widths[0]);
    match spare {
        Some(at) if widths[0] < least + excess => {
            let rows: Vec<Vec<Cell>> = rows.iter().map(|row| without(row, at)).collect();
            render(&without(heads, at), &rows, width, color)
        }
        _ => {
            widths[0] = widths[0].saturating_sub(excess).max(least);
            lines(heads, rows, &widths, gap, color)
        }
    }
}

/// The rows without the `folder/` that all names begin with; `None` if there is none.
fn without_common_folder(rows: &[Vec<Cell>]) -> Option<Vec<Vec<Cell>>> {
    let (folder, _) = rows.first()?[0].0.split_once('/')?;
    let bare = |row: &Vec<Cell>| {
        let name = row[0].0.strip_prefix(folder)?.strip_prefix('/')?.to_owned();
        Some([&[(name, row[0].1)], &row[1..]].concat())
    };
    rows.iter().map(bare).collect()
}

fn without<T: Clone>(all: &[T], at: usize) -> Vec<T> {
    [&all[..at], &all[at + 1..]].concat()
}

fn lines(heads: &[Column], rows: &[Vec<Cell>], widths: &[usize], gap: usize, color: bool) -> String {
    let space = " ".repeat(gap);
    let mut out = String::new();
    if heads.iter().any(|column| !column.group.is_empty()) {
        out += &line(&group_cells(heads, widths, gap), &space, Style::Faint, color);
    }
    let titles: Vec<String> =
        heads.iter().zip(widths).map(|(column, width)| aligned(column.head, *width, column.left)).collect();
    out += &line(&titles, &space, Style::Faint, color);
    for row in rows {
        let cells = row.iter().zip(heads).zip(widths).map(|(((text, style), column), width)| {
            let text = aligned(&shortened(text, *width), *width, column.left);
            let trimmed = text.trim();
            text.replacen(trimmed, &paint(trimmed, *style, color), 1)
        });
        out += cells.collect::<Vec<_>>().join(&space).trim_end();
        out.push('\n');
    }
    out
}

fn natural_width(heads: &[Column], rows: &[Vec<Cell>], at: usize) -> usize {
    rows.iter().map(|row| columns(&row[at].0)).chain([columns(heads[at].head)]).max().unwrap_or(0)
}

fn needed(widths: &[usize], gap: usize) -> usize {
    widths.iter().sum::<usize>() + gap * widths.len().saturating_sub(1)
}

/// Widths with room for every group's heading over its columns.
fn groups_fitted(heads: &[Column], widths: &[usize], gap: usize) -> Vec<usize> {
    let mut widths = widths.to_vec();
    for (from, to) in groups(heads) {
        let group = columns(heads[from].group);
        let have = needed(&widths[from..to], gap);
        widths[from] += group.saturating_sub(have);
    }
    widths
}

/// Where each run of equal group names begins and ends; columns without a group stand alone.
fn groups(heads: &[Column]) -> Vec<(usize, usize)> {
    let mut groups: Vec<(usize, usize)> = Vec::new();
    for (at, column) in heads.iter().enumerate() {
        match groups.last_mut() {
            Some((from, to)) if !column.group.is_empty() && heads[*from].group == column.group => {
                *to = at + 1
            }
            _ => groups.push((at, at + 1)),
        }
    }
    groups
}

/// Group headings, drawn out over their columns: `-- lost writes --`.
fn group_cells(heads: &[Column], widths: &[usize], gap: usize) -> Vec<String> {
    let cell = |(from, to): (usize, usize)| {
        let width = needed(&widths[from..to], gap);
        let name = heads[from].group;
        let spare = width - columns(name);
        if name.is_empty() || spare < 4 {
            return aligned(name, width, heads[from].left);
        }
        let (before, after) = ((spare - 2) / 2, spare - 2 - (spare - 2) / 2);
        format!("{} {name} {}", "-".repeat(before), "-".repeat(after))
    };
    groups(heads).into_iter().map(cell).collect()
}

fn aligned(text: &str, width: usize, left: bool) -> String {
    let pad = " ".repeat(width.saturating_sub(columns(text)));
    if left { format!("{text}{pad}") } else { format!("{pad}{text}") }
}

fn line(cells: &[String], space: &str, style: Style, color: bool) -> String {
    paint(cells.join(space).trim_end(), style, color) + "\n"
}
