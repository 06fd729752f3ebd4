//! Configs as TOML: read and written.

use crate::by_name;
use crate::config::keys::{KEYS, Key};
use crate::config::run::RunConfig;
use crate::config::value::{Item, Value, Wrong};
use crate::error::{Error, Result};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The keys that describe what layers lists.
const DESCRIBES: [&str; 7] = ["hidden", "activation", "init", "bias_init", "dropout", "norm", "residual"];

/// The section of many runs, see [`Grid`](super::Grid).
pub(super) const GRID: &str = "grid";

/// The sections, in their order.
const SECTIONS: [&str; 3] = ["data", "network", "training"];

impl RunConfig {
    /// Reads a config from a file. Its paths are relative to the file's folder.
    ///
    /// # Errors
    /// [`Error::Io`] for a file that cannot be read; [`Error::Setting`] naming file, line and key for what is wrong.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let mut config = RunConfig { folder: folder_of(path), ..RunConfig::default() };
        config.set_toml(&read(path)?, &format!("{}, ", path.display()))?;
        Ok(config)
    }

    /// Reads a config from text.
    ///
    /// # Errors
    /// [`Error::Setting`] naming line and key for what is wrong.
    pub fn from_toml(text: &str) -> Result<Self> {
        let mut config = RunConfig::default();
        config.set_toml(text, "")?;
        Ok(config)
    }

    /// The keys that have a value, as TOML. The layers stand for themselves, or the keys that describe them.
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        for section in SECTIONS {
            let _ = writeln!(text, "{}[{section}]", if text.is_empty() { "" } else { "\n" });
            for key in KEYS.iter().filter(|key| key.section == section && !self.is_described(key)) {
                match key.get(self) {
                    Some(Value::List(items)) if key.name == "layers" => {
                        let _ = writeln!(text, "layers = [");
                        items.iter().for_each(|item| text += &format!("    {item},\n"));
                        let _ = writeln!(text, "]");
                    }
                    Some(value) => text += &format!("{} = {value}\n", key.name),
                    None => {}
                }
            }
        }
        text
    }

    /// Whether the layers say what this key says.
    pub(super) fn is_described(&self, key: &Key) -> bool {
        self.network.layers.is_some() && DESCRIBES.contains(&key.name)
    }

    /// Sets a key, by its name, to what `text` says, which is TOML or, where it is none, text without quotes; commas
    /// part the columns of a list. This is what a flag of a program does.
    ///
    /// # Errors
    /// [`Error::Setting`] for a key that there is not, and a value that it cannot have.
    ///
    /// ```
    /// use gradlens::config::RunConfig;
    /// let mut config = RunConfig::default();
    /// config.set("optimizer", "sgd")?;
    /// config.set("targets", "happy,calm")?;
    /// assert_eq!((config.training.optimizer.as_str(), config.data.targets.len()), ("sgd", 2));
    /// let error = config.set("batch", "0").unwrap_err().to_string();
    /// assert_eq!(error, "batch is 0, but must be at least 1");
    /// # Ok::<(), gradlens::Error>(())
    /// ```
    pub fn set(&mut self, name: &str, text: &str) -> Result<()> {
        let key = KEYS.iter().find(|key| key.name == name).ok_or_else(|| {
            let names: Vec<&str> = KEYS.iter().map(|key| key.name).collect();
            Error::setting("a key of a config", name, format!("one of {}", names.join(", ")))
        })?;
        let plain = || Item::new(text);
        let item = match key.takes {
            "COLUMNS" => match DeValue::parse(text) {
                Ok(value) if value.get_ref().is_array() => item(&value, "").unwrap_or_else(|_| plain()),
                _ => Item::new(text.split(',').map(|name| name.trim().to_string()).collect::<Vec<_>>()),
            },
            // These are text, whatever they look like.
            "CHAR" | "FILE" | "PATH" | "NAME" | "WIDTHS" => plain(),
            _ => DeValue::parse(text).ok().and_then(|value| item(&value, "").ok()).unwrap_or_else(plain),
        };
        if self.is_described(key) {
            return Err(Error::setting(name, "set", "left out, as layers says everything; change its list"));
        }
        let optimizer = self.training.optimizer.clone();
        (key.set)(self, &item)
            .map_err(|wrong| Error::setting(name, unquoted(&wrong.found), wrong.expected))?;
        self.places.lines.remove(key.name);
        self.settle(key, &optimizer);
        Ok(())
    }

    /// Whether `layers` says what a key of this name says.
    pub(super) fn describes_layers(name: &str) -> bool {
        DESCRIBES.contains(&name)
    }

    /// What was set before and does not go with what is set now gives way.
    pub(super) fn settle(&mut self, key: &Key, optimizer: &str) {
        match key.name {
            "file" | "images" | "made" => self.data.mnist = false,
            "test" => self.data.test_share = 0.0,
            "test_share" => self.data.test = None,
            "optimizer" if optimizer != self.training.optimizer => {
                let training = &mut self.training;
                (training.momentum, training.nesterov, training.rho) = (None, None, None);
                (training.beta1, training.beta2, training.eps) = (None, None, None);
                training.weight_decay = None;
            }
            _ => {}
        }
    }

    /// Sets what a text says. `origin` is where errors are said to be, before the line.
    fn set_toml(&mut self, text: &str, origin: &str) -> Result<()> {
        self.set_document(document(text, origin)?.get_ref(), text, origin)
    }

    /// Sets what the sections of `text` say.
    pub(super) fn set_document(&mut self, document: &DeTable, text: &str, origin: &str) -> Result<()> {
        let at = |line: usize| format!("{origin}line {line}");
        self.places.origin = origin.into();
        for (name, section) in document {
            let line = line_of(text, name.span().start);
            let name = name.get_ref().as_ref();
            let keys = match (section.get_ref(), SECTIONS.contains(&name)) {
                (DeValue::Table(keys), true) => keys,
                _ => {
                    let near = by_name::nearest(name, SECTIONS.into_iter());
                    let near = near.map_or(String::new(), |near| format!("; did you mean [{near}]?"));
                    let section = KEYS.iter().find(|key| key.name == name);
                    let near = if name == GRID { "; gradlens sweep trains a grid".into() } else { near };
                    let belongs =
                        section.map_or(near, |key| format!("; {name} belongs into [{}]", key.section));
                    let expected = format!("[data], [network] and [training]{belongs}");
                    return Err(Error::setting(
                        format!("{}: the section {name}", at(line)),
                        "unknown",
                        expected,
                    ));
                }
            };
            let mut described = None;
            for (key_name, value) in keys {
                let line = line_of(text, key_name.span().start);
                let key_name = key_name.get_ref().as_ref();
                let key = KEYS.iter().find(|key| key.section == name && key.name == key_name);
                let key = key.ok_or_else(|| unknown_key(at(line), name, key_name))?;
                let wrong = |wrong: Wrong| {
                    let name = format!("{}: {}", at(wrong.line), key.name);
                    Error::setting(name, wrong.found, wrong.expected)
                };
                let item = item(value, text).map_err(wrong)?;
                (key.set)(self, &item).map_err(wrong)?;
                self.places.lines.insert(key.name, line);
                if DESCRIBES.contains(&key.name) {
                    described = Some((line, key.name));
                }
            }
            if let (Some((line, key)), true) = (described, keys.keys().any(|key| key.get_ref() == "layers")) {
                let expected = "left out, as layers says everything";
                return Err(Error::setting(format!("{}: {key}", at(line)), "given beside layers", expected));
            }
        }
        Ok(())
    }
}

/// The text of a config.
pub(super) fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| Error::Io {
        path: path.into(),
        action: "read the config",
        error,
        remedy: "check its name and permissions".into(),
    })
}

/// The folder that the paths of a config are relative to.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).into()
}

/// A text as TOML. `origin` is where errors are said to be, before the line.
pub(super) fn document<'a>(text: &'a str, origin: &str) -> Result<Spanned<DeTable<'a>>> {
    DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        let name = format!("{origin}line {line}");
        Error::setting(name, error.message().to_string(), "TOML: [section] and key = value")
    })
}

/// Text that was set by a flag, without the quotes that it has in a config.
fn unquoted(found: &str) -> String {
    found.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(found).into()
}

fn unknown_key(at: String, section: &str, name: &str) -> Error {
    let own: Vec<&str> = KEYS.iter().filter(|key| key.section == section).map(|key| key.name).collect();
    let elsewhere = KEYS.iter().find(|key| key.name == name);
    let near = match (elsewhere, by_name::nearest(name, own.iter().copied())) {
        (Some(key), _) => format!("; {name} belongs into [{}]", key.section),
        (None, Some(near)) => format!("; did you mean {near}?"),
        (None, None) => String::new(),
    };
    let name = format!("{at}: the key {name} of [{section}]");
    Error::setting(name, "unknown", format!("one of {}{near}", own.join(", ")))
}

/// The line of a place in a text, from 1.
pub(super) fn line_of(text: &str, place: usize) -> usize {
    1 + text.as_bytes()[..place.min(text.len())].iter().filter(|&&byte| byte == b'\n').count()
}

/// A value with its line in `text`, or with line 0 where that is empty.
pub(super) fn item(value: &Spanned<DeValue>, text: &str) -> std::result::Result<Item, Wrong> {
    let line = if text.is_empty() { 0 } else { line_of(text, value.span().start) };
    let wrong = |found: &str| Wrong {
        line,
        found: found.into(),
        expected: "text, a number, true, false or a list".into(),
    };
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.clone().into_owned()),
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Integer(number) => {
            let whole = i128::from_str_radix(number.as_str(), number.radix());
            Value::Whole(whole.map_err(|_| wrong(number.as_str()))?)
        }
        DeValue::Float(number) => Value::Number(number.as_str().parse().map_err(|_| wrong(number.as_str()))?),
        DeValue::Datetime(date) => return Err(wrong(&date.to_string())),
        DeValue::Array(values) => {
            Value::List(values.iter().map(|value| item(value, text)).collect::<std::result::Result<_, _>>()?)
        }
        DeValue::Table(entries) => {
            let entry = |(key, value): (&Spanned<_>, _)| {
                let key: &std::borrow::Cow<str> = key.get_ref();
                Ok((key.to_string(), item(value, text)?))
            };
            Value::Table(entries.iter().map(entry).collect::<std::result::Result<_, _>>()?)
        }
    };
    Ok(Item { line, value })
}
