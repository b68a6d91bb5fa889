//! What plotters leaves to do before an SVG may stand in a page: a name for screen readers, colors
//! that follow light and dark, the page's font, no empty text, and a size that follows the column.

use super::{Caption, Tone};

/// Finishes an SVG of plotters. It writes one element a line, except text, whose content has a line
/// of its own.
pub fn finish(svg: &str, caption: &Caption, (width, height): (u32, u32)) -> String {
    let id = escape(&caption.id);
    let mut out = format!(
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" xmlns=\"http://www.w3.org/2000/svg\">\n\
         <title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-desc\">{}</desc>\n",
        escape(&caption.title),
        escape(&caption.description),
    );
    let mut lines = svg.lines().filter(|line| !line.starts_with("<svg"));
    while let Some(line) = lines.next() {
        if line.starts_with("<text") {
            let content = lines.next().unwrap_or_default();
            let close = lines.next().unwrap_or_default();
            if !content.trim().is_empty() {
                out.push_str(&attributes(line));
                out.push_str(content);
                out.push_str(close);
                out.push('\n');
            }
        } else {
            out.push_str(&attributes(line));
            out.push('\n');
        }
    }
    out
}

/// One tag with the page's colors, without its font, and without attributes that say nothing.
fn attributes(tag: &str) -> String {
    let mut tag = without(tag, "font-family");
    for nothing in [" opacity=\"1\"", " stroke=\"none\"", " stroke-width=\"1\""] {
        tag = tag.replace(nothing, "");
    }
    for tone in Tone::ALL {
        let plotters::style::RGBColor(r, g, b) = tone.marker();
        tag = tag.replace(&format!("#{r:02X}{g:02X}{b:02X}"), tone.property());
    }
    tag.replace(" \"/>", "\"/>")
}

/// A tag without one attribute.
fn without(tag: &str, name: &str) -> String {
    let start = format!(" {name}=\"");
    match tag.split_once(&start) {
        Some((before, after)) => match after.split_once('"') {
            Some((_, rest)) => format!("{before}{rest}"),
            None => tag.to_owned(),
        },
        None => tag.to_owned(),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caption() -> Caption {
        Caption {
            id: "c".into(),
            title: "Slow & <slower>".into(),
            description: "Two \"teams\".".into(),
        }
    }

    #[test]
    fn names_the_chart_and_escapes_the_words() {
        let svg = finish("<svg width=\"4\">\n</svg>\n", &caption(), (4, 2));
        assert!(svg.starts_with(
            "<svg viewBox=\"0 0 4 2\" role=\"img\" aria-labelledby=\"c-title c-desc\""
        ));
        assert!(svg.contains("<title id=\"c-title\">Slow &amp; &lt;slower&gt;</title>"));
        assert!(svg.contains("Two &quot;teams&quot;."));
    }

    #[test]
    fn drops_fonts_and_empty_text_and_takes_the_pages_colors() {
        let drawn = "<svg>\n<text x=\"1\" font-family=\"sans-serif\" opacity=\"1\" fill=\"#00C000\">\n\n</text>\n\
                     <text x=\"2\" font-family=\"sans-serif\" opacity=\"1\" fill=\"#00C000\">\nMay\n</text>\n\
                     <polyline points=\"1,2 3,4 \"/>\n</svg>\n";
        let svg = finish(drawn, &caption(), (4, 2));
        assert!(svg.contains("<text x=\"2\" fill=\"var(--ink)\">May</text>"));
        assert!(svg.contains("points=\"1,2 3,4\"/>"));
        assert!(!svg.contains("font-family") && !svg.contains("x=\"1\""));
    }
}
