//! Whatever a file holds nothing panics, and what was written in any dialect is what is read.

use super::table;
use gradlens::data::{Missing, Values};
use gradlens::{Dataset, Preprocessing, Result};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn whatever_a_file_holds_nothing_panics(
        rows in r#"([-01?é%{}'",\\ \t\r\n#;|]|[012]|,|\n|-C|yes|no){0,40}"#,
        target in proptest::option::of(0_usize..4),
    ) {
        let head = "@relation 'x: -C 1'\n@attribute a real\n@attribute b {0,1}\n";
        for (name, contents) in [
            ("x.csv", rows.clone()),
            ("x.arff", rows.clone()),
            ("x.arff", format!("{head}@data\n{rows}")),
            ("x.arff", format!("{head}@attribute {rows}\n@data\n0,0,0")),
            ("x.arff", format!("@relation {rows}\n{head}@data\n0,0")),
        ] {
            let Ok(table) = table(name, contents) else { continue };
            prop_assert!(table.rows() > 0 && !table.columns().is_empty());
            for missing in [Missing::Error, Missing::Mean, Missing::Drop, Missing::Indicator] {
                let settings = Preprocessing::new(target.map(|t| t.to_string())).missing(missing).standardise(true);
                if let Ok(fitted) = settings.fit(&table) {
                    let data: Result<Dataset> = fitted.dataset(&table);
                    prop_assert!(data.map_or(true, |data| data.input_len() > 0 && data.output_len() > 0));
                }
            }
        }
    }
}

/// How a table can be written.
#[derive(Debug, Clone, Copy)]
struct Style {
    separator: char,
    decimal: char,
    header: bool,
    quoted: bool,
    end: &'static str,
    last_end: bool,
    mark: bool,
}

fn styles() -> impl Strategy<Value = Style> {
    let separators = prop_oneof![
        Just((',', '.')),
        Just((';', '.')),
        Just((';', ',')),
        Just(('\t', '.')),
        Just(('\t', ',')),
        Just(('|', '.'))
    ];
    let ends = prop_oneof![Just("\n"), Just("\r\n"), Just("\r")];
    (separators, any::<(bool, bool, bool, bool)>(), ends).prop_map(
        |((separator, decimal), (header, quoted, last_end, mark), end)| Style {
            separator,
            decimal,
            header,
            quoted,
            end,
            last_end,
            mark,
        },
    )
}

/// Numbers, some missing, and words that need quotes now and then.
fn columns() -> impl Strategy<Value = Vec<Vec<Option<Cell>>>> {
    let rows = 2_usize..12;
    rows.prop_flat_map(|rows| {
        let number = prop_oneof![
            (-1e6..1e6_f64).prop_map(|x| Some(Cell::Number(x))),
            (-50_i32..50).prop_map(|x| Some(Cell::Number(f64::from(x) + 0.25))),
            Just(None),
        ];
        let word = "[a-zé]{1,5}( [a-z,;|\"]{1,4}[a-z])?";
        let word = word.prop_filter("a word that means a missing value or a number", |word| {
            !["na", "nan", "null", "inf"].contains(&word.as_str())
        });
        let word = word.prop_map(|word| Some(Cell::Word(word)));
        let numbers = proptest::collection::vec(number, rows);
        let words = proptest::collection::vec(word, rows);
        // A column of numbers with decimals tells separators and headers apart; so one comes first.
        let first =
            proptest::collection::vec((-9_i32..9).prop_map(|x| Some(Cell::Number(f64::from(x) + 0.5))), rows);
        (first, proptest::collection::vec(prop_oneof![2 => numbers, 1 => words], 1..5)).prop_map(
            |(first, mut rest)| {
                rest.insert(0, first);
                rest
            },
        )
    })
}

#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Number(f64),
    Word(String),
}

fn written(columns: &[Vec<Option<Cell>>], style: Style) -> String {
    let field = |text: String, needs: bool| match needs || style.quoted {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    };
    let mut lines = vec![];
    if style.header {
        lines.push((0..columns.len()).map(|c| field(format!("name {c}"), false)).collect::<Vec<_>>());
    }
    for row in 0..columns[0].len() {
        let fields = columns.iter().map(|column| match &column[row] {
            None => field(String::new(), false),
            Some(Cell::Word(word)) => field(word.clone(), word.contains(['"', ',', ';', '|', '\t'])),
            Some(Cell::Number(number)) => {
                let text = format!("{number:?}").replace('.', &style.decimal.to_string());
                field(text, style.decimal == style.separator)
            }
        });
        lines.push(fields.collect());
    }
    let lines: Vec<String> = lines.iter().map(|fields| fields.join(&style.separator.to_string())).collect();
    let mark = if style.mark { "\u{feff}" } else { "" };
    format!("{mark}{}{}", lines.join(style.end), if style.last_end { style.end } else { "" })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn what_was_written_in_any_dialect_is_what_is_read(columns in columns(), style in styles()) {
        let text = written(&columns, style);
        let table = table("x.csv", &text).unwrap();
        prop_assert_eq!(table.rows(), columns[0].len(), "{}", text);
        prop_assert_eq!(table.named(), style.header, "{}", text);
        for (c, column) in columns.iter().enumerate() {
            if column.iter().all(Option::is_none) {
                continue; // nothing says whether it held numbers
            }
            let name = if style.header { format!("name {c}") } else { (c + 1).to_string() };
            let place = table.find(&name).unwrap();
            let found: Vec<Option<Cell>> = match &table.columns()[place].values {
                Values::Numbers(numbers) => numbers.iter().map(|&x| (!x.is_nan()).then_some(Cell::Number(x))).collect(),
                Values::Words { codes, words, .. } => {
                    codes.iter().map(|&code| words.get(code as usize).map(|word| Cell::Word(word.clone()))).collect()
                }
                _ => vec![],
            };
            prop_assert_eq!(&found, column, "{}", text);
        }
    }
}
