//! Whatever the document, a path leads to the value it was written for.

use proptest::prelude::*;

use super::Tree;

/// A document as it is written, before its places are known.
#[derive(Clone, Debug)]
enum Value {
    Word(String),
    Some(Box<Value>),
    Struct(String, Vec<Value>),
    Tuple(String, Vec<Value>),
    List(Vec<Value>),
}

/// White space and comments, full of what would mislead a careless scanner.
fn blank() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", " ", "\n\t", "// a: (1, [\"\n", "/* ) /* ] */ , b: 2 */", "\r\n"])
}

fn value() -> impl Strategy<Value = Value> {
    let words = [
        "1",
        "-2.5e3",
        "true",
        "None",
        "Name",
        "r#type",
        "\"\"",
        "\"a, b)\"",
        "\"\\\"]\"",
        "\"// no\"",
        "r\"\\\"",
        "r##\"x\"# )\"##",
        "b\"(\"",
        "'('",
        "'\\''",
        "\"größer\"",
    ];
    let word = prop::sample::select(words.to_vec()).prop_map(|word| Value::Word(word.to_owned()));
    let name = || prop::sample::select(vec!["", "Crash", "Mixture"]).prop_map(str::to_owned);
    word.prop_recursive(4, 40, 4, move |inner| {
        let several = || prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            inner.clone().prop_map(|value| Value::Some(Box::new(value))),
            (name(), several()).prop_map(|(name, values)| Value::Struct(name, values)),
            (name(), several()).prop_map(|(name, values)| Value::Tuple(name, values)),
            several().prop_map(Value::List),
        ]
    })
}

/// Writes documents, with blanks taken in turn, and notes which text each path should lead to.
struct Writer {
    text: String,
    blanks: Vec<&'static str>,
    written: usize,
    expected: Vec<(String, std::ops::Range<usize>)>,
}

impl Writer {
    fn blank(&mut self) {
        self.text += self.blanks[self.written % self.blanks.len()];
        self.written += 1;
    }

    fn value(&mut self, path: &str, value: &Value) {
        self.blank();
        let start = self.text.len();
        match value {
            Value::Word(word) => self.text += word,
            Value::Some(inner) => {
                self.text += "Some(";
                self.value(path, inner);
                self.text += ")";
                return self.blank();
            }
            Value::Struct(name, fields) => self.group(path, [name, "(", ")"], fields, true),
            Value::Tuple(name, items) => self.group(path, [name, "(", ")"], items, false),
            Value::List(items) => self.group(path, ["", "[", "]"], items, false),
        }
        self.expected.push((path.to_owned(), start..self.text.len()));
        self.blank();
    }

    fn group(&mut self, path: &str, [name, open, close]: [&str; 3], values: &[Value], named: bool) {
        self.text += name;
        self.text += open;
        for (index, value) in values.iter().enumerate() {
            let step = if named { format!(".f{index}") } else { format!("[{index}]") };
            if named {
                self.blank();
                self.text += &format!("f{index}");
                self.blank();
                self.text += ":";
            }
            self.value(format!("{path}{step}").trim_start_matches('.'), value);
            self.text += ",";
        }
        self.text += close;
    }
}

proptest! {
    #[test]
    fn a_path_leads_to_the_value_it_was_written_for(
        value in value(),
        blanks in prop::collection::vec(blank(), 1..7),
    ) {
        let mut writer = Writer { text: String::new(), blanks, written: 0, expected: Vec::new() };
        writer.value("", &value);
        let tree = Tree::new(&writer.text);
        prop_assert_eq!(tree.unclosed(), None);
        for (path, place) in writer.expected {
            let found = tree.find(&writer.text, &path);
            prop_assert_eq!(found, Some(place), "'{}' in {}", path, writer.text);
        }
    }

    #[test]
    fn any_text_can_be_taken_apart(text in "[\\PC\n\"'r#b(){}\\[\\]:,/*]{0,60}", at in 0_usize..60) {
        let tree = Tree::new(&text);
        for place in [tree.group_around(at), tree.token_before(at), tree.token_from(at), tree.value_before(at)] {
            prop_assert!(place.is_none_or(|place| text.get(place).is_some()));
        }
    }
}
