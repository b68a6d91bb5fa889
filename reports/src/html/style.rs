//! The hand-written assets of everything a lead reads, and the proof that their colors can be read.

/// The style sheet. The server serves it; the self-contained report embeds it.
pub const STYLE_SHEET: &str = include_str!("../../templates/tribometer.css");

/// Makes tables with `data-sort` headings sortable. Pages work without it.
pub const SCRIPT: &str = include_str!("../../templates/tribometer.js");

/// The mark beside the product's name: a block pushed along a surface. Needs the style sheet's
/// colors.
pub const BRAND_MARK: &str = include_str!("../../templates/brand.svg");

#[cfg(test)]
mod tests {
    use super::STYLE_SHEET;

    /// The hexadecimal custom properties of the light and of the dark mode; dark ones override
    /// light ones.
    fn modes() -> [Vec<(String, [f64; 3])>; 2] {
        let (light, rest) = STYLE_SHEET
            .split_once("@media (prefers-color-scheme: dark)")
            .expect("two modes");
        let dark = rest
            .split("/* Elements */")
            .next()
            .expect("the dark tokens");
        [light, dark].map(|block| {
            block
                .split(';')
                .filter_map(|declaration| {
                    let (name, value) = declaration.rsplit_once("--")?.1.split_once(": #")?;
                    let channel = |at: usize| {
                        u8::from_str_radix(value.get(at..at + 2)?, 16)
                            .ok()
                            .map(f64::from)
                    };
                    Some((name.to_owned(), [channel(0)?, channel(2)?, channel(4)?]))
                })
                .collect()
        })
    }

    /// Contrast of two colors by WCAG 2.2.
    fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
        let luminance = |color: [f64; 3]| {
            let [r, g, b] = color.map(|channel| {
                let c = channel / 255.0;
                if c <= 0.04045 {
                    c / 12.92
                } else {
                    ((c + 0.055) / 1.055).powf(2.4)
                }
            });
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_pair_of_ink_and_ground_reaches_its_contrast_in_both_modes() {
        let mut pairs = vec![
            ("ink", "paper", 4.5),
            ("ink", "card", 4.5),
            ("soft", "paper", 4.5),
            ("soft", "card", 4.5),
            ("soft", "line", 4.5),
            ("teal", "paper", 4.5),
            ("teal", "card", 4.5),
            ("teal", "teal-ground", 4.5),
            ("on-teal", "teal", 4.5),
            ("ember", "paper", 4.5),
            ("ember", "card", 4.5),
            ("ember", "ember-ground", 4.5),
            ("edge", "paper", 3.0),
            ("edge", "card", 3.0),
            ("ember-fill", "line", 3.0),
            ("focus", "paper", 3.0),
            ("focus", "card", 3.0),
        ];
        let heat: Vec<String> = (0..=10).map(|step| format!("heat-{step}")).collect();
        pairs.extend(heat.iter().map(|step| ("ink", step.as_str(), 4.5)));
        for (mode, tokens) in ["light", "dark"].into_iter().zip(modes()) {
            let color = |name: &str| {
                tokens
                    .iter()
                    .find(|(token, _)| token == name)
                    .unwrap_or_else(|| panic!("{name} in {mode}"))
                    .1
            };
            for (ink, ground, least) in &pairs {
                let reached = contrast(color(ink), color(ground));
                assert!(
                    reached >= *least,
                    "{ink} on {ground} in {mode} mode reaches {reached:.2}, not {least}"
                );
            }
        }
    }

    #[test]
    fn colors_are_written_in_the_tokens_alone() {
        let rules = STYLE_SHEET
            .split("/* Elements */")
            .nth(1)
            .expect("rules after the tokens")
            .split("/* Paper */")
            .next()
            .expect("screen rules");
        assert!(
            !rules.contains(": #") && !rules.contains("rgb("),
            "a rule names a color instead of a token"
        );
    }

    #[test]
    fn nothing_is_fetched() {
        assert!(!STYLE_SHEET.contains("url(") && !STYLE_SHEET.contains("@import"));
    }
}
