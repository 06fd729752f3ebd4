//! A page under construction.

use crate::report::escape::escape;
use crate::report::figure::Figure;
use std::fmt::Write;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

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
    /// The headings of level 2, for the contents.
    headings: Vec<String>,
    /// Where the contents go.
    contents: usize,
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

/// Text in which no number is cut behind the hyphen of its exponent: a word joiner (U+2060) holds 4e-5 together.
fn whole_numbers(text: &str) -> String {
    let mut parts = text.split("e-");
    let mut whole = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let is_number =
            whole.ends_with(|c: char| c.is_ascii_digit()) && part.starts_with(|c: char| c.is_ascii_digit());
        whole += if is_number { "e-\u{2060}" } else { "e-" };
        whole += part;
    }
    whole
}

impl Page {
    /// An empty page under a title.
    pub fn new(title: &str) -> Self {
        let title = escape(title);
        let heading = whole_numbers(&title);
        let html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{heading}</h1>\n"
        );
        let contents = html.len();
        Page { html, headings: vec![], contents }
    }

    fn add(&mut self, html: std::fmt::Arguments) {
        self.html.write_fmt(html).expect("a String takes everything");
    }

    /// A heading, of level 2 or below. Those of level 2 stand in the contents, where there are several.
    pub fn heading(&mut self, level: u8, text: &str) {
        let level = level.clamp(2, 6);
        let mut id = String::new();
        if level == 2 {
            self.headings.push(text.into());
            id = format!(" id=\"part-{}\"", self.headings.len());
        }
        self.add(format_args!("<h{level}{id}>{}</h{level}>\n", escape(text)));
    }

    /// What stands on it so far, without markup.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for piece in self.html[self.contents..].split('<') {
            let (markup, words) = piece.split_once('>').unwrap_or(("", piece));
            // Numbers of pictures are no words.
            if !markup.starts_with("script") && !words.trim().is_empty() {
                text.push_str(words.trim());
                text.push('\n');
            }
        }
        text
    }

    /// Words with what each means, folded.
    pub fn glossary<'a>(&mut self, entries: impl IntoIterator<Item = (&'a str, &'a str)>) {
        let entry = |(word, meaning): (&str, &str)| {
            format!("<dt>{}</dt><dd>{}</dd>\n", escape(word), escape(meaning))
        };
        let entries: String = entries.into_iter().map(entry).collect();
        if !entries.is_empty() {
            self.add(format_args!(
                "<details><summary>What the words mean</summary><dl>\n{entries}</dl></details>\n"
            ));
        }
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

    /// A picture that stands alone.
    pub fn figure(&mut self, figure: &Figure) {
        self.grid("figures wide", std::slice::from_ref(figure));
    }

    /// Small pictures, many to a row.
    pub fn thumbnails(&mut self, figures: &[Figure]) {
        self.grid("figures small", figures);
    }

    fn grid(&mut self, class: &str, figures: &[Figure]) {
        // What has nothing to show is a sentence, which needs a line of its own.
        let (empty, figures): (Vec<&Figure>, Vec<&Figure>) =
            figures.iter().partition(|figure| figure.is_empty());
        if !figures.is_empty() {
            self.add(format_args!("<div class=\"{class}\">\n"));
        }
        for figure in &figures {
            self.html += &figure.html();
        }
        if !figures.is_empty() {
            self.html += "</div>\n";
        }
        for figure in empty {
            self.html += &figure.html();
        }
    }

    /// A table under a caption, the first `words` columns of which are words and the others numbers. It scrolls by itself where
    /// the screen is narrow.
    pub fn table(&mut self, caption: &str, words: usize, header: &[&str], rows: &[Vec<String>]) {
        let cell = |tag: &str, column: usize, text: &str| {
            let class = if column < words { " class=\"words\"" } else { "" };
            let scope = if tag == "th" { " scope=\"col\"" } else { "" };
            format!("<{tag}{scope}{class}>{}</{tag}>", escape(text))
        };
        let line = |tag: &str, cells: &mut dyn Iterator<Item = &str>| {
            cells.enumerate().map(|(column, text)| cell(tag, column, text)).collect::<String>()
        };
        let caption = escape(caption);
        let head = line("th", &mut header.iter().copied());
        self.add(format_args!("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\"><table>\n<caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n"));
        for row in rows {
            let cells = line("td", &mut row.iter().map(String::as_str));
            self.add(format_args!("<tr>{cells}</tr>\n"));
        }
        self.html += "</tbody></table></div>\n";
    }

    /// The whole page.
    pub fn finish(mut self) -> String {
        if self.headings.len() > 2 {
            let item = |(at, text): (usize, &String)| {
                format!("<li><a href=\"#part-{}\">{}</a></li>", at + 1, escape(text))
            };
            let items: String = self.headings.iter().enumerate().map(item).collect();
            let contents = format!("<nav aria-label=\"Contents\"><ul>{items}</ul></nav>\n");
            self.html.insert_str(self.contents, &contents);
        }
        self.html + &format!("<script>{SCRIPT}</script>\n</body>\n</html>\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_cut_within_no_number() {
        assert_eq!(
            whole_numbers("from 4.7e-10 of one-vs-rest e-3"),
            "from 4.7e-\u{2060}10 of one-vs-rest e-3"
        );
        let page = Page::new("1.5e-4 <").finish();
        assert!(page.contains("<h1>1.5e-\u{2060}4 &lt;</h1>") && page.contains("<title>1.5e-4 &lt;</title>"));
    }
}
