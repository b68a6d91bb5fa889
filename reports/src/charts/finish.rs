//! What plotters leaves to do before an SVG may stand in a page: a name for screen readers, colors
//! that follow light and dark, the page's font, no empty text, and a size that follows the column.

use std::fmt::Write;

use quick_xml::Reader;
use quick_xml::escape::partial_escape;
use quick_xml::events::{BytesStart, Event};

use super::{Caption, Tone};

/// What is as if it were not there.
const SAYS_NOTHING: [(&str, &str); 3] =
    [("opacity", "1"), ("stroke", "none"), ("stroke-width", "1")];

/// Finishes an SVG of plotters: one element a line, text with its content in one line. Fails where
/// it is not well-formed.
pub fn finish(
    svg: &str,
    caption: &Caption,
    (width, height): (u32, u32),
) -> Result<String, quick_xml::Error> {
    let mut out = String::new();
    // A text is written when its content is known: plotters draws empty ones, too.
    let mut text: Option<(String, String)> = None;
    let mut reader = Reader::from_str(svg);
    loop {
        match reader.read_event()? {
            Event::Start(tag) if tag.name().0 == "svg" => {
                out.push_str(&head(caption, width, height));
            }
            Event::Start(tag) if tag.name().0 == "text" => {
                text = Some((open(&tag)?, String::new()));
            }
            Event::Start(tag) => writeln!(out, "{}>", open(&tag)?).expect("a string takes all"),
            Event::Empty(tag) => writeln!(out, "{}/>", open(&tag)?).expect("a string takes all"),
            Event::Text(part) => {
                if let Some((_, content)) = &mut text {
                    content.push_str(part.trim_matches('\n'));
                }
            }
            Event::GeneralRef(name) => {
                if let Some((_, content)) = &mut text {
                    write!(content, "&{};", &*name).expect("a string takes all");
                }
            }
            Event::End(tag) => match text.take() {
                Some((_, content)) if content.trim().is_empty() => {}
                Some((open, content)) => {
                    writeln!(out, "{open}>{content}</text>").expect("a string takes all");
                }
                None => writeln!(out, "</{}>", tag.name().0).expect("a string takes all"),
            },
            Event::Eof => return Ok(out),
            _ => {}
        }
    }
}

/// The opening tag with the chart's name for screen readers, and a size that follows the column.
fn head(caption: &Caption, width: u32, height: u32) -> String {
    let id = partial_escape(&caption.id);
    format!(
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-labelledby=\"{id}-title {id}-desc\" xmlns=\"http://www.w3.org/2000/svg\">\n\
         <title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-desc\">{}</desc>\n",
        partial_escape(&caption.title),
        partial_escape(&caption.description),
    )
}

/// A tag that is not closed yet, with the page's colors, without its font, and without attributes
/// that say nothing.
fn open(tag: &BytesStart<'_>) -> Result<String, quick_xml::Error> {
    let mut out = format!("<{}", tag.name().0);
    for attribute in tag.attributes() {
        let attribute = attribute?;
        let (name, value) = (attribute.key.0, attribute.value.trim_end());
        if name == "font-family" || SAYS_NOTHING.contains(&(name, value)) {
            continue;
        }
        let tone = Tone::ALL.iter().find(|tone| tone.is_marked(value));
        let value = tone.map_or(value, |tone| tone.property());
        write!(out, " {name}=\"{value}\"").expect("a string takes all");
    }
    Ok(out)
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
        let svg = finish("<svg width=\"4\">\n</svg>\n", &caption(), (4, 2)).expect("an SVG");
        assert!(svg.starts_with(
            "<svg viewBox=\"0 0 4 2\" role=\"img\" aria-labelledby=\"c-title c-desc\""
        ));
        assert!(svg.contains("<title id=\"c-title\">Slow &amp; &lt;slower&gt;</title>"));
        assert!(svg.contains("Two \"teams\"."));
    }

    #[test]
    fn drops_fonts_and_empty_text_and_takes_the_pages_colors() {
        let drawn = "<svg>\n<text x=\"1\" font-family=\"sans-serif\" opacity=\"1\" fill=\"#00C000\">\n\n</text>\n\
                     <text x=\"2\" font-family=\"sans-serif\" opacity=\"1\" fill=\"#00C000\">\nMay\n</text>\n\
                     <polyline points=\"1,2 3,4 \"/>\n</svg>\n";
        let svg = finish(drawn, &caption(), (4, 2)).expect("an SVG");
        assert!(svg.contains("<text x=\"2\" fill=\"var(--ink)\">May</text>"));
        assert!(svg.contains("points=\"1,2 3,4\"/>"));
        assert!(!svg.contains("font-family") && !svg.contains("x=\"1\""));
    }
    #[test]
    fn does_not_care_how_the_elements_are_laid_out() {
        let drawn = "<svg width='4'><text font-family='x' x='2'>R&amp;D</text><g opacity='1'>\
                     <rect\n  fill='#00C004' stroke='none'/></g></svg>";
        let svg = finish(drawn, &caption(), (4, 2)).expect("an SVG");
        let body = svg.split_once("</desc>\n").map(|(_, body)| body);
        let expected =
            "<text x=\"2\">R&amp;D</text>\n<g>\n<rect fill=\"var(--teal)\"/>\n</g>\n</svg>\n";
        assert_eq!(body, Some(expected));
        assert!(finish("<svg><g></svg>", &caption(), (4, 2)).is_err());
    }
}
