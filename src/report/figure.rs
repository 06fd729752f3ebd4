//! A picture with its words and its numbers.

use crate::report::colours::{colour, dashes};
use crate::report::escape::escape;
use crate::report::svg::pixels;
use serde_json::{Value, json};

/// A picture with its title and a caption that says in words what it shows.
#[derive(Debug, Clone)]
pub struct Figure {
    title: String,
    caption: String,
    /// What is drawn, where it is more than one thing.
    key: Vec<Entry>,
    svg: String,
    /// What the reader may point at.
    marks: Option<Marks>,
    /// Whether what is drawn is one thing at several steps.
    steps: bool,
}

/// A name with its colour.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub name: String,
    pub colour: usize,
}

/// The numbers of a picture and where they are drawn.
#[derive(Debug, Clone)]
pub(super) struct Marks {
    pub axes: [String; 2],
    pub series: Vec<(String, Vec<Mark>)>,
}

/// One number: what stands below it, a number or a name, its value, and where it is drawn.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    pub x: Value,
    pub y: f64,
    pub at: [f64; 2],
}

/// A number with six digits.
pub(super) fn rounded(value: f64) -> Value {
    let text = format!("{value:.5e}");
    text.parse::<f64>().map_or(Value::Null, Into::into)
}

impl Marks {
    fn json(&self) -> Value {
        let mark = |mark: &Mark| json!([mark.x, rounded(mark.y), mark.at[0].round(), mark.at[1].round()]);
        let series = |(name, marks): &(String, Vec<Mark>)| json!({ "name": name, "marks": marks.iter().map(mark).collect::<Vec<_>>() });
        json!({ "axes": self.axes, "series": self.series.iter().map(series).collect::<Vec<_>>() })
    }
}

impl Figure {
    pub(super) fn new(title: impl Into<String>, caption: impl Into<String>, svg: String) -> Self {
        let (title, caption) = (title.into(), caption.into());
        Figure { title, caption, key: vec![], svg, marks: None, steps: false }
    }

    /// With the names of what is drawn, where it is more than one thing.
    pub(super) fn key(self, key: Vec<Entry>) -> Self {
        Figure { key: if key.len() > 1 { key } else { vec![] }, ..self }
    }

    /// With the numbers that the reader may point at.
    pub(super) fn marks(self, marks: Marks) -> Self {
        Figure { marks: Some(marks), ..self }
    }

    /// With a slider that shows what is drawn one after another.
    pub(super) fn steps(self) -> Self {
        Figure { steps: true, ..self }
    }

    /// Whether there is nothing to be seen in it.
    pub(super) fn is_empty(&self) -> bool {
        self.svg.is_empty()
    }

    /// As HTML, the words standing in for the picture where it cannot be seen.
    pub fn html(&self) -> String {
        let (title, caption) = (escape(&self.title), escape(&self.caption));
        if self.is_empty() {
            return format!("<p><strong>{title}</strong> {caption}</p>\n");
        }
        let names: Vec<&str> = self.key.iter().map(|entry| entry.name.as_str()).collect();
        let shown = match names.len() {
            0 => String::new(),
            _ => format!(" Shown: {}.", escape(&names.join(", "))),
        };
        let mut key = String::new();
        for Entry { name, colour: index } in &self.key {
            let swatch = match dashes(*index) {
                "" => format!("background:{}", colour(*index)),
                _ => format!("border-top:.2rem dashed {};height:0", colour(*index)),
            };
            key += &format!("<span><i style=\"{swatch}\"></i>{}</span>", escape(name));
        }
        if !key.is_empty() {
            key = format!("<div class=\"key\">{key}</div>");
        }
        let marks = self.marks.as_ref().map_or(String::new(), |marks| {
            // "</" would end the element.
            let json = marks.json().to_string().replace('<', "\\u003c");
            format!("<script type=\"application/json\">{json}</script>")
        });
        let steps = if self.steps { " class=\"steps\"" } else { "" };
        format!(
            "<figure{steps}>{key}<div role=\"img\" aria-label=\"{title} {caption}{shown}\">{}</div>\
             <figcaption><strong>{title}</strong> {caption}</figcaption>{marks}</figure>\n",
            self.svg
        )
    }
}

/// The height of a line of names above a picture that stands alone, and where it begins.
const KEY_HEIGHT: u32 = 22;
const KEY_LEFT: u32 = 60;

impl Figure {
    /// As an SVG file of its own, on white, with the names of what is drawn above the picture; `None` where there is no
    /// picture.
    ///
    /// ```
    /// let lines = gradlens::report::Lines::new("x", "y").line("one", [(0.0, 0.0), (1.0, 2.0)]).line("two", [(0.0, 1.0), (1.0, 0.0)]);
    /// let svg = lines.figure("Two lines.", "They cross.").svg().unwrap();
    /// assert!(svg.starts_with("<svg") && svg.contains("one") && svg.contains("They cross."));
    /// ```
    pub fn svg(&self) -> Option<String> {
        let size = |name: &str| {
            let from = self.svg.find(&format!("{name}=\""))? + name.len() + 2;
            self.svg[from..].split('"').next()?.parse::<f64>().ok()
        };
        let (width, height) = (size("width")?, size("height")?);
        let (mut key, mut x, mut line) = (String::new(), KEY_LEFT, 0);
        for Entry { name, colour: index } in &self.key {
            let room = 30 + 7 * name.chars().count() as u32;
            if x > KEY_LEFT && f64::from(x + room) > width {
                (x, line) = (KEY_LEFT, line + 1);
            }
            let y = KEY_HEIGHT * line;
            key += &format!(
                "<path d=\"M{x} {}h16\" stroke=\"{}\" stroke-width=\"4\"{}/>\
                 <text x=\"{}\" y=\"{}\" font-family=\"sans-serif\" font-size=\"13\">{}</text>",
                y + 12,
                colour(*index),
                dashes(*index),
                x + 21,
                y + 16,
                escape(name)
            );
            x += room;
        }
        let above = if key.is_empty() { 0 } else { KEY_HEIGHT * (line + 1) };
        let (width, total) = (pixels(width), pixels(height + f64::from(above)));
        let (title, caption) = (escape(&self.title), escape(&self.caption));
        Some(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{total}\" viewBox=\"0 0 {width} {total}\" \
             role=\"img\" color=\"black\">\n<title>{title}</title>\n<desc>{caption}</desc>\n\
             <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{key}\n<g transform=\"translate(0 {above})\">\n{}</g>\n</svg>\n",
            self.svg
        ))
    }
}
