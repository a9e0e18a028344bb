//! Colours, once for light and once for dark. A test holds all text to WCAG 2.1's contrast of 4.5 : 1.

use std::fmt::Write;

/// A colour by its name in the style sheet, in light and in dark.
struct Shade {
    name: &'static str,
    light: &'static str,
    dark: &'static str,
}

const fn shade(name: &'static str, light: &'static str, dark: &'static str) -> Shade {
    Shade { name, light, dark }
}

/// `page` and `card` are backgrounds; `line` and the tints are for what carries no text of its own.
const SHADES: [Shade; 15] = [
    shade("page", "#f6f7f9", "#0e1116"),
    shade("card", "#ffffff", "#171b22"),
    shade("ink", "#1c2128", "#e6eaf0"),
    shade("faint", "#57606a", "#9aa4b0"),
    shade("line", "#d5dae0", "#333b46"),
    shade("link", "#0a58b8", "#7cb7ff"),
    shade("pass", "#146c2e", "#56d364"),
    shade("fail", "#b3221b", "#ff8f87"),
    shade("open", "#7d5200", "#e3b341"),
    shade("on", "#ffffff", "#0e1116"),
    shade("curve", "#0b57b7", "#79b8ff"),
    shade("band", "#9cc3f0", "#2b5382"),
    shade("zone", "#f7d9d7", "#4a2022"),
    shade("bar", "#5b7ea6", "#6f93bd"),
    shade("fade", "#eef1f4", "#20262f"),
];

/// The colours as custom properties, dark ones where the reader prefers dark and is not about to print.
pub(super) fn css() -> String {
    let list = |of: fn(&Shade) -> &'static str| {
        SHADES.iter().fold(String::new(), |mut out, shade| {
            let _ = write!(out, "--{}:{};", shade.name, of(shade));
            out
        })
    };
    let (light, dark) = (list(|shade| shade.light), list(|shade| shade.dark));
    format!(
        ":root{{{light}color-scheme:light dark}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(name: &str) -> &'static Shade {
        SHADES.iter().find(|shade| shade.name == name).unwrap()
    }

    /// WCAG 2.1, "relative luminance".
    fn luminance(hex: &str) -> f64 {
        let part = |at: usize| {
            let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.03928 { value / 12.92 } else { libm::pow((value + 0.055) / 1.055, 2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    /// WCAG 2.1, "contrast ratio".
    fn contrast(one: &str, other: &str) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn black_on_white_is_twenty_one_to_one() {
        assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 1e-9);
    }

    #[test]
    fn text_can_be_read_in_light_and_in_dark() {
        let on_both = ["ink", "faint", "link", "pass", "fail", "open", "curve"];
        let pairs = on_both.iter().flat_map(|text| ["page", "card", "fade"].map(|ground| (*text, ground)));
        let badges = ["pass", "fail", "open"].map(|ground| ("on", ground));
        let in_charts = [("ink", "zone"), ("ink", "band"), ("fail", "zone")];
        for (text, ground) in pairs.chain(badges).chain(in_charts) {
            let (text, ground) = (find(text), find(ground));
            for (one, other) in [(text.light, ground.light), (text.dark, ground.dark)] {
                let ratio = contrast(one, other);
                assert!(ratio >= 4.5, "{} on {}: {ratio:.2}", text.name, ground.name);
            }
        }
    }

    #[test]
    fn what_is_drawn_stands_out_from_its_ground() {
        // WCAG 2.1, "non-text contrast": 3 : 1.
        for name in ["curve", "bar", "pass", "fail", "open"] {
            let (one, card) = (find(name), find("card"));
            for ratio in [contrast(one.light, card.light), contrast(one.dark, card.dark)] {
                assert!(ratio >= 3.0, "{name}: {ratio:.2}");
            }
        }
    }
}
