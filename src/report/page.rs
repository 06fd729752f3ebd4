//! A page under construction.

use crate::report::escape::escape;
use crate::report::figure::Figure;
use std::fmt::Write;

/// Colours are the browser's own; in the dark, pictures are turned over, keeping their hues.
const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:0 auto;padding:1rem}\
figure{margin:0;min-width:0;max-width:38rem}figure svg{width:100%;height:auto;display:block}\
.key{display:flex;flex-wrap:wrap;gap:0 1rem;font-size:.85rem;padding-left:3.5rem}\
.key i{display:inline-block;width:1rem;height:.3rem;margin-right:.4rem;vertical-align:middle}\
figcaption{font-size:.9rem;margin-bottom:1.2rem}\
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:1rem;margin-top:1rem}\
.small svg{shape-rendering:crispEdges}.small{grid-template-columns:repeat(auto-fill,minmax(9rem,1fr))}\
.scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.9rem}\
th,td{padding:.2rem .7rem;text-align:right;white-space:nowrap}th.words,td.words{text-align:left}td.words{white-space:normal;overflow-wrap:anywhere;min-width:5.5rem}\
thead th{border-bottom:1px solid}pre{overflow-x:auto;font-size:.85rem}\
details{margin:.6rem 0}summary{cursor:pointer;font-weight:600}\
.callout{border-left:.4rem solid #2a7;padding:.2rem 1rem;margin:1rem 0}.warning{border-color:#d80}.failure{border-color:#c22}.neutral{border-color:#888}\
@media (prefers-color-scheme:dark){figure svg,.key i{filter:invert(.92) hue-rotate(180deg)}}";

/// A page under construction. Text is escaped; what is added stands in the order of the calls.
///
/// ```
/// use gradlens::report::{Lines, Page};
/// let mut page = Page::new("Two points");
/// page.paragraph("A line through < two > points.");
/// page.figures(&[Lines::new("x", "y").line("", [(0.0, 0.0), (1.0, 2.0)]).figure("A line.", "It rises.")]);
/// let html = page.finish();
/// assert!(html.contains("&lt; two &gt;") && html.ends_with("</html>\n"));
/// ```
#[derive(Debug, Clone)]
pub struct Page {
    html: String,
}

/// How much a reader should mind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tone {
    /// All is well.
    Good,
    /// Nothing is known.
    Neutral,
    /// Could be better.
    Warning,
    /// Is bad.
    Failure,
}

impl Page {
    /// An empty page under a title.
    pub fn new(title: &str) -> Self {
        let title = escape(title);
        Page {
            html: format!(
                "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
                 <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
                 <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
            ),
        }
    }

    fn add(&mut self, html: std::fmt::Arguments) {
        self.html.write_fmt(html).expect("a String takes everything");
    }

    /// A heading, of level 2 or below.
    pub fn heading(&mut self, level: u8, text: &str) {
        let level = level.clamp(2, 6);
        self.add(format_args!("<h{level}>{}</h{level}>\n", escape(text)));
    }

    /// A paragraph.
    pub fn paragraph(&mut self, text: &str) {
        self.add(format_args!("<p>{}</p>\n", escape(text)));
    }

    /// Text that keeps its lines and spaces.
    pub fn preformatted(&mut self, text: &str) {
        self.add(format_args!("<pre tabindex=\"0\">{}</pre>\n", escape(text)));
    }

    /// A list.
    pub fn list<S: AsRef<str>>(&mut self, items: impl IntoIterator<Item = S>) {
        self.html += "<ul>";
        for item in items {
            self.add(format_args!("<li>{}</li>", escape(item.as_ref())));
        }
        self.html += "</ul>\n";
    }

    /// A finding that stands out: a word in bold, a sentence, and whatever `inside` adds.
    pub fn callout(&mut self, tone: Tone, word: &str, sentence: &str, inside: impl FnOnce(&mut Self)) {
        let (class, mark) = match tone {
            Tone::Good => ("", ""),
            Tone::Neutral => (" neutral", ""),
            Tone::Warning => (" warning", " (warning)"),
            Tone::Failure => (" failure", " (failure)"),
        };
        let (word, sentence) = (escape(word), escape(sentence));
        self.add(format_args!(
            "<div class=\"callout{class}\">\n<p><strong>{word}</strong>{mark}{sentence}</p>\n"
        ));
        inside(self);
        self.html += "</div>\n";
    }

    /// What a reader unfolds by a click, open from the start or not.
    pub fn details(&mut self, summary: &str, open: bool, inside: impl FnOnce(&mut Self)) {
        let open = if open { " open" } else { "" };
        self.add(format_args!("<details{open}><summary>{}</summary>\n", escape(summary)));
        inside(self);
        self.html += "</details>\n";
    }

    /// Pictures, as many side by side as there is room for.
    pub fn figures(&mut self, figures: &[Figure]) {
        self.grid("figures", figures);
    }

    /// Small pictures, many to a row.
    pub fn thumbnails(&mut self, figures: &[Figure]) {
        self.grid("figures small", figures);
    }

    fn grid(&mut self, class: &str, figures: &[Figure]) {
        self.add(format_args!("<div class=\"{class}\">\n"));
        for figure in figures {
            self.html += &figure.html();
        }
        self.html += "</div>\n";
    }

    /// A table, the first `words` columns of which are words and the others numbers. It scrolls by
    /// itself where the screen is narrow.
    pub fn table(&mut self, words: usize, header: &[&str], rows: &[Vec<String>]) {
        let cell = |tag: &str, column: usize, text: &str| {
            let class = if column < words { " class=\"words\"" } else { "" };
            let scope = if tag == "th" { " scope=\"col\"" } else { "" };
            format!("<{tag}{scope}{class}>{}</{tag}>", escape(text))
        };
        let line = |tag: &str, cells: &mut dyn Iterator<Item = &str>| {
            cells.enumerate().map(|(column, text)| cell(tag, column, text)).collect::<String>()
        };
        let head = line("th", &mut header.iter().copied());
        self.add(format_args!("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"A table\"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n"));
        for row in rows {
            let cells = line("td", &mut row.iter().map(String::as_str));
            self.add(format_args!("<tr>{cells}</tr>\n"));
        }
        self.html += "</tbody></table></div>\n";
    }

    /// The whole page.
    pub fn finish(self) -> String {
        self.html + "</body>\n</html>\n"
    }
}
