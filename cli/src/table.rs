//! Text and numbers, laid out for a terminal.

/// Numbers beside one another.
pub struct Table {
    pub title: String,
    /// How many columns are words.
    pub words: usize,
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// The same with as many columns as fit into a line of so many characters, and a line that names the others.
    pub fn lines_within(&self, columns: usize) -> Vec<String> {
        let mut shown = self.header.len();
        loop {
            let cut = |row: &Vec<String>| row[..row.len().min(shown)].to_vec();
            let (header, rows) = (cut(&self.header), self.rows.iter().map(cut).collect());
            let table = Table { title: String::new(), words: self.words, header, rows };
            let mut lines = table.lines();
            let fits = lines.iter().all(|line| line.chars().count() <= columns);
            if fits || shown <= self.words + 1 {
                if shown < self.header.len() {
                    lines.push(format!("(no room for: {})", self.header[shown..].join(", ")));
                }
                return lines;
            }
            shown -= 1;
        }
    }

    /// The rows below the header, columns under one another.
    pub fn lines(&self) -> Vec<String> {
        let all: Vec<&Vec<String>> = std::iter::once(&self.header).chain(&self.rows).collect();
        let width = |column: usize| {
            all.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let line = |row: &Vec<String>| {
            let cell = |(column, text): (usize, &String)| {
                let room = " ".repeat(width(column) - text.chars().count());
                if column < self.words { format!("{text}{room}") } else { format!("{room}{text}") }
            };
            row.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ").trim_end().to_string()
        };
        all.iter().map(|row| line(row)).collect()
    }
}

/// Columns of a line of text, so that a narrow terminal shows it as it is.
const COLUMNS: usize = 78;

/// Text in lines, what stands before the first of them and before the others.
pub fn wrapped(text: &str, first: &str, others: &str) -> String {
    wrapped_within(COLUMNS, text, first, others)
}

/// The same in lines of at most so many characters, where no word is longer.
pub fn wrapped_within(columns: usize, text: &str, first: &str, others: &str) -> String {
    let (mut lines, mut line) = (vec![], first.to_string());
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > columns {
            lines.push(std::mem::replace(&mut line, others.to_string()));
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line += word;
        empty = false;
    }
    lines.push(line);
    lines.join("\n")
}

/// Words as a sentence begins.
pub fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
