//! Many runs from one description: a config whose section `[grid]` gives keys several values.

use crate::by_name;
use crate::config::file::{GRID, document, folder_of, item, line_of, read};
use crate::config::keys::{KEYS, Key, key};
use crate::config::run::RunConfig;
use crate::config::value::{Item, Value, Wrong};
use crate::error::{Error, Result};
use crate::random::{self, Purpose};
use rand::Rng;
use std::collections::HashSet;
use std::fmt::Write;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// More runs than anybody waits for, and few enough to be listed.
const MOST: usize = 1_000_000;

/// The most values of a range.
const MOST_VALUES: u64 = 100_000;

/// The name of the axis of seeds.
const SEEDS: &str = "seeds";

/// A config whose section `[grid]` gives keys several values. Each combination of them is a run.
///
/// In `[grid]` a key takes a list, and each element is a value as the key takes it in its own section: a list that is a value
/// stands in a list. `{ log = [from, to], count = n }` and `{ linear = [from, to], count = n }` are n values evenly spaced,
/// with `random = n` and perhaps `seed` in place of `count` as many drawn ones, and `seeds = n` the n seeds from that of
/// `[training]` on. Keys that change together stand in one name: `"head,loss" = [["softmax", "ce"], ["sigmoid", "bce"]]`. What
/// `[grid]` says comes before what the sections say.
///
/// ```
/// use gradlens::config::Grid;
/// let grid = Grid::from_toml(r#"
///     [data]
///     mnist = true
///     [grid]
///     hidden = ["100x2", [128, 64]]
///     lr = { log = [0.001, 0.1], count = 3 }
///     seeds = 5
/// "#)?;
/// assert_eq!(grid.runs(), 30);
/// let config = grid.config(7)?;
/// assert_eq!((config.network.hidden, config.training.lr, config.training.seed), (vec![100, 100], Some(0.01), 2));
/// # Ok::<(), gradlens::Error>(())
/// ```
///
/// Axes stand in the order of [`KEYS`], and of the runs the last axis changes first, so that the order in the file is of no
/// account.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    base: RunConfig,
    axes: Vec<Axis>,
}

/// A key with the values that it takes in turn, or several keys that change together.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Axis {
    /// The key; of several, all with commas between them.
    pub name: String,
    /// The keys.
    pub keys: Vec<&'static str>,
    /// The values, no two the same: each is one for each key.
    pub values: Vec<Vec<Value>>,
}

impl Axis {
    fn keys(&self) -> impl Iterator<Item = &'static Key> + '_ {
        self.keys.iter().filter_map(|name| key(name))
    }

    /// A value in as few letters as say it: widths as "100x2", text without quotes.
    pub fn label(&self, value: usize) -> String {
        let label = |(name, value): (&&str, &Value)| match value {
            Value::Text(text) => text.clone(),
            Value::List(widths) if *name == "hidden" => short_widths(widths),
            other => other.to_string(),
        };
        self.keys.iter().zip(&self.values[value]).map(label).collect::<Vec<_>>().join("/")
    }
}

/// Widths as text, "100x2,10".
fn short_widths(widths: &[Item]) -> String {
    if widths.is_empty() {
        return "none".into();
    }
    let runs = widths.chunk_by(|a, b| a == b);
    let part = |run: &[Item]| match run.len() {
        1 => run[0].to_string(),
        times => format!("{}x{times}", run[0]),
    };
    runs.map(part).collect::<Vec<_>>().join(",")
}

impl Grid {
    /// Reads a grid from a file. Its paths are relative to the file's folder. A config without `[grid]` is a grid of one run.
    ///
    /// # Errors
    /// As [`RunConfig::read`].
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let mut grid = Self::parse(&read(path)?, &format!("{}, ", path.display()))?;
        grid.base.folder = folder_of(path);
        Ok(grid)
    }

    /// Reads a grid from text.
    ///
    /// # Errors
    /// As [`RunConfig::from_toml`].
    pub fn from_toml(text: &str) -> Result<Self> {
        Self::parse(text, "")
    }

    fn parse(text: &str, origin: &str) -> Result<Self> {
        let mut document = document(text, origin)?.into_inner();
        if document.is_empty() {
            let expected = "a config, made = \"moons\" below [data] say, and lr = [0.01, 0.1] below [grid]";
            return Err(Error::setting(format!("{origin}the grid"), "empty", expected));
        }
        let section = document.remove(GRID);
        let mut base = RunConfig::default();
        base.set_document(&document, text, origin)?;
        let mut grid = Grid { base, axes: vec![] };
        if let Some(section) = section {
            match section.get_ref() {
                DeValue::Table(keys) => grid.read_axes(keys, text, origin)?,
                _ => {
                    return Err(Error::setting(format!("{origin}{GRID}"), "no section", "a section, [grid]"));
                }
            }
        }
        let product = grid.axes.iter().try_fold(1_usize, |runs, axis| runs.checked_mul(axis.values.len()));
        match product {
            Some(runs) if runs <= MOST => Ok(grid),
            _ => Err(Error::setting(
                format!("{origin}[grid]"),
                "a grid of too many runs",
                format!("at most {MOST} of them; take fewer values of a key"),
            )),
        }
    }

    fn read_axes(&mut self, keys: &DeTable, text: &str, origin: &str) -> Result<()> {
        for (name, value) in keys {
            let line = line_of(text, name.span().start);
            let name: &str = name.get_ref().as_ref();
            let place = format!("{origin}line {line}: {name} of [grid]");
            let axis = self.axis(name, value, text).map_err(|wrong| {
                let place =
                    place.replace(&format!("line {line}:"), &format!("line {}:", wrong.line.max(line)));
                Error::setting(place, wrong.found, wrong.expected)
            })?;
            let twice = axis.keys.iter().find(|key| self.axes.iter().any(|other| other.keys.contains(key)));
            if let Some(key) = twice {
                let expected = if *key == "seed" { "one of seed and seeds" } else { "named once" };
                return Err(Error::setting(place, format!("a second one with {key}"), expected));
            }
            self.axes.push(axis);
        }
        let order = |axis: &Axis| KEYS.iter().position(|key| key.name == axis.keys[0]);
        self.axes.sort_by_key(order);
        let layers = self.axes.iter().any(|axis| axis.keys.contains(&"layers"));
        let described = |axis: &&Axis| axis.keys.iter().any(|name| RunConfig::describes_layers(name));
        if let Some(axis) =
            self.axes.iter().find(described).filter(|_| layers || self.base.network.layers.is_some())
        {
            let expected = "left out, as layers says everything";
            return Err(Error::setting(
                format!("{origin}{} of [grid]", axis.name),
                "given beside layers",
                expected,
            ));
        }
        Ok(())
    }

    fn axis(&self, name: &str, value: &Spanned<DeValue>, text: &str) -> std::result::Result<Axis, Wrong> {
        let value = item(value, text)?;
        if name == SEEDS {
            let count = value.whole(1, MOST as u64)?;
            let first = self.base.training.seed;
            let last = first.checked_add(count - 1);
            let last = last.ok_or_else(|| {
                value.wrong(format!("at most {}, from the seed {first} on", u64::MAX - first + 1))
            })?;
            let values = (first..=last).map(|seed| vec![Value::from(seed)]).collect();
            return Ok(Axis { name: "seed".into(), keys: vec!["seed"], values });
        }
        let keys = name
            .split(',')
            .map(|name| known(name.trim(), &value))
            .collect::<std::result::Result<Vec<_>, _>>()?;
        let items = match (&value.value, &keys[..]) {
            (Value::List(items), _) if !items.is_empty() => items.clone(),
            (Value::Table(_), [key]) => range(key, &value)?,
            (_, [_]) => {
                return Err(value.wrong(format!("a list of values, [{value}] say, or a range, {RANGE}")));
            }
            _ => return Err(value.wrong(together(&keys))),
        };
        let (mut values, mut seen, mut config) = (vec![], HashSet::new(), self.base.clone());
        for item in &items {
            let each = match (&keys[..], &item.value) {
                ([_], _) => std::slice::from_ref(item),
                (_, Value::List(each)) if each.len() == keys.len() => each,
                _ => return Err(item.wrong(together(&keys))),
            };
            let mut value = vec![];
            for (key, item) in keys.iter().zip(each) {
                (key.set)(&mut config, item)?;
                // Written in one way, however it was given.
                value.push(key.get(&config).unwrap_or_else(|| item.value.clone()));
            }
            if !seen.insert(Value::from(value.clone()).to_string()) {
                return Err(item.wrong("another value than those before it"));
            }
            values.push(value);
        }
        let keys: Vec<&str> = keys.iter().map(|key| key.name).collect();
        if let Some((_, twice)) = keys.iter().enumerate().find(|(place, key)| keys[..*place].contains(key)) {
            return Err(value.wrong(format!("for keys that differ; {twice} stands there twice")));
        }
        Ok(Axis { name: keys.join(","), keys, values })
    }

    /// The config that holds but for `[grid]`.
    pub fn base(&self) -> &RunConfig {
        &self.base
    }

    /// The keys that take several values.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// How many runs there are.
    pub fn runs(&self) -> usize {
        self.axes.iter().map(|axis| axis.values.len()).product()
    }

    /// Which value each axis has in a run.
    ///
    /// # Panics
    /// Where there are not as many runs.
    pub fn values_of(&self, run: usize) -> Vec<usize> {
        assert!(run < self.runs(), "run {run} of {}", self.runs());
        let mut rest = run;
        let mut values: Vec<usize> = self
            .axes
            .iter()
            .rev()
            .map(|axis| {
                let value = rest % axis.values.len();
                rest /= axis.values.len();
                value
            })
            .collect();
        values.reverse();
        values
    }

    /// A run in a few words: `hidden=100x2 lr=0.01 seed=3`.
    pub fn label(&self, run: usize) -> String {
        let values = self.axes.iter().zip(self.values_of(run));
        values
            .map(|(axis, value)| format!("{}={}", axis.name, axis.label(value)))
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The config of a run, from 0.
    ///
    /// # Errors
    /// [`Error::Setting`] where a key refuses its value beside those before it.
    ///
    /// # Panics
    /// Where there are not as many runs.
    pub fn config(&self, run: usize) -> Result<RunConfig> {
        let mut config = self.base.clone();
        for (axis, value) in self.axes.iter().zip(self.values_of(run)) {
            for (key, value) in axis.keys().zip(&axis.values[value]) {
                let optimizer = config.training.optimizer.clone();
                (key.set)(&mut config, &Item::new(value.clone()))
                    .map_err(|wrong| Error::setting(key.name, wrong.found, wrong.expected))?;
                config.settle(key, &optimizer);
            }
        }
        Ok(config)
    }

    /// The grid as TOML, each range as the list of its values.
    pub fn to_toml(&self) -> String {
        let mut text = self.base.to_toml();
        if !self.axes.is_empty() {
            text += "\n[grid]\n";
        }
        for axis in &self.axes {
            let first = self.base.training.seed;
            let in_turn =
                |(place, value): (u64, &Vec<Value>)| value[..] == [Value::from(first.wrapping_add(place))];
            if axis.name == "seed" && (0..).zip(&axis.values).all(in_turn) {
                let _ = writeln!(text, "{SEEDS} = {}", axis.values.len());
            } else if let [key] = axis.keys[..] {
                let values: Vec<Value> = axis.values.iter().flatten().cloned().collect();
                let _ = writeln!(text, "{key} = {}", Value::from(values));
            } else {
                let _ = writeln!(text, "\"{}\" = {}", axis.name, Value::from(axis.values.clone()));
            }
        }
        text
    }
}

/// The key of this name.
fn known(name: &str, value: &Item) -> std::result::Result<&'static Key, Wrong> {
    let Some(key) = key(name) else {
        let names = KEYS.iter().map(|key| key.name).chain([SEEDS]);
        let near =
            by_name::nearest(name, names).map_or(String::new(), |near| format!("; did you mean {near}?"));
        return Err(Wrong {
            line: value.line,
            found: format!("unknown ({name})"),
            expected: format!("a key of a config, seeds, or several keys with commas{near}"),
        });
    };
    if key.name == "threads" {
        return Err(value.wrong("left out, as it changes the time and not the result"));
    }
    Ok(key)
}

/// What keys that change together take.
fn together(keys: &[&Key]) -> String {
    let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
    format!("a list of lists, in each a value for {}", names.join(" and one for "))
}

const RANGE: &str = "{ log = [0.0001, 1.0], count = 9 }";

/// The values of a range.
fn range(key: &Key, value: &Item) -> std::result::Result<Vec<Item>, Wrong> {
    let Value::Table(entries) = &value.value else { return Err(value.wrong(RANGE)) };
    let get = |name: &str| entries.iter().find(|(key, _)| key == name).map(|(_, item)| item);
    if let Some((name, item)) = entries
        .iter()
        .find(|(name, _)| !["log", "linear", "count", "random", "seed"].contains(&name.as_str()))
    {
        let expected = format!("log or linear, count or random, and with random perhaps seed: {RANGE}");
        return Err(Wrong { line: item.line, found: name.clone(), expected });
    }
    let (ends, log) = match (get("log"), get("linear")) {
        (Some(ends), None) => (ends, true),
        (None, Some(ends)) => (ends, false),
        _ => return Err(value.wrong(format!("with one of log and linear: {RANGE}"))),
    };
    let (from, to) = match &ends.value {
        Value::List(ends) if ends.len() == 2 => {
            let number = |item: &Item| item.number("a finite number", f64::is_finite);
            (number(&ends[0])?, number(&ends[1])?)
        }
        _ => return Err(ends.wrong("two numbers, [from, to]")),
    };
    if from >= to || (log && from <= 0.0) || !(to - from).is_finite() {
        return Err(ends.wrong(if log {
            "two numbers above 0, the first below the second"
        } else {
            "two numbers, the first below the second"
        }));
    }
    let at = |share: f64| {
        let number = if log { from * (to / from).powf(share) } else { from + share * (to - from) };
        rounded(number).clamp(from, to)
    };
    let numbers: Vec<f64> = match (get("count"), get("random"), get("seed")) {
        (Some(count), None, None) => {
            let last = count.whole(2, MOST_VALUES)? as usize - 1;
            let number = |i| match i {
                0 => from,
                i if i == last => to,
                i => at(i as f64 / last as f64),
            };
            (0..=last).map(number).collect()
        }
        (None, Some(count), seed) => {
            let count = count.whole(1, MOST_VALUES)?;
            let seed = seed.map_or(Ok(0), |seed| seed.whole(0, u64::MAX))?;
            // Keys of their own streams: two axes with one seed are not drawn alike.
            let stream = key
                .name
                .bytes()
                .fold(0_u64, |sum, byte| (sum.wrapping_mul(31) + u64::from(byte)) % (1 << 50));
            let mut rng = random::stream(seed, Purpose::Grid, stream);
            let mut drawn: Vec<f64> = (0..count).map(|_| at(rng.random())).collect();
            drawn.sort_by(f64::total_cmp);
            drawn
        }
        _ => {
            return Err(
                value.wrong(format!("with one of count and random (and seed only with random): {RANGE}"))
            );
        }
    };
    // Of what is counted there are whole numbers only.
    let whole = ["COUNT", "EPOCHS"].contains(&key.takes);
    let mut values: Vec<Value> = numbers
        .into_iter()
        .map(|number| if whole { Value::Whole(number.round() as i128) } else { Value::Number(number) })
        .collect();
    values.dedup();
    Ok(values.into_iter().map(|number| Item { line: value.line, value: number }).collect())
}

/// Six digits: the same on every machine, however its library rounds a power, and legible.
fn rounded(number: f64) -> f64 {
    format!("{number:.5e}").parse().unwrap_or(number)
}
