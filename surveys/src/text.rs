//! What messages repeat of a value that somebody handed in.

/// The beginning of a value, with control characters made visible: enough to find it, never a wall
/// of text.
pub(crate) fn shorten(value: &str) -> String {
    const SHOWN: usize = 40;
    let mut shown: String = value.chars().take(SHOWN).flat_map(escape).collect();
    if value.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

fn escape(c: char) -> impl Iterator<Item = char> {
    let escaped = c.is_control().then(|| c.escape_default());
    let plain = escaped.is_none().then_some(c);
    escaped.into_iter().flatten().chain(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_cut_and_control_characters_are_visible() {
        assert_eq!(shorten("Zoë's 'team'"), "Zoë's 'team'");
        assert_eq!(shorten("a\u{1b}[31m\nb"), "a\\u{1b}[31m\\nb");
        assert_eq!(
            shorten(&"x".repeat(10_000_000)),
            format!("{}…", "x".repeat(40))
        );
    }
}
