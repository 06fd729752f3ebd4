//! Sections of a config as JSON, as saved models hold them.

use crate::config::keys::KEYS;
use crate::config::run::RunConfig;
use crate::config::value::{Item, Value};
use crate::error::{Error, Result};
use serde_json::Map;

impl Value {
    /// The same as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Value::Flag(flag) => (*flag).into(),
            Value::Whole(number) => u64::try_from(*number).map_or((*number as f64).into(), Into::into),
            Value::Number(number) => (*number).into(),
            Value::Text(text) => text.clone().into(),
            Value::List(items) => items.iter().map(|item| item.value.to_json()).collect(),
            Value::Table(entries) => entries
                .iter()
                .map(|(key, item)| (key.clone(), item.value.to_json()))
                .collect::<Map<_, _>>()
                .into(),
        }
    }

    fn from_json(json: &serde_json::Value) -> Option<Self> {
        let item = |json| Some(Item::new(Value::from_json(json)?));
        Some(match json {
            serde_json::Value::Bool(flag) => Value::Flag(*flag),
            serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(whole), _) => Value::Whole(whole.into()),
                (_, Some(whole)) => Value::Whole(whole.into()),
                _ => Value::Number(number.as_f64()?),
            },
            serde_json::Value::String(text) => Value::Text(text.clone()),
            serde_json::Value::Array(items) => Value::List(items.iter().map(item).collect::<Option<_>>()?),
            serde_json::Value::Object(entries) => Value::Table(
                entries.iter().map(|(key, json)| Some((key.clone(), item(json)?))).collect::<Option<_>>()?,
            ),
            serde_json::Value::Null => return None,
        })
    }
}

impl RunConfig {
    /// The keys of a section that have a value.
    pub fn section_to_json(&self, section: &str) -> serde_json::Value {
        let keys = KEYS.iter().filter(|key| key.section == section && !self.is_described(key));
        let entry = |key: &crate::config::Key| Some((key.name.to_string(), key.get(self)?.to_json()));
        keys.filter_map(entry).collect::<Map<_, _>>().into()
    }

    /// Sets the keys of a section to what a JSON object says.
    ///
    /// # Errors
    /// [`Error::Setting`] for a key that there is not, and a value that it cannot have.
    pub fn set_section_json(&mut self, section: &str, json: &serde_json::Value) -> Result<()> {
        let object = json.as_object().ok_or_else(|| Error::setting(section, json, "an object"))?;
        for (name, json) in object {
            let key = KEYS.iter().find(|key| key.section == section && key.name == name);
            let key =
                key.ok_or_else(|| Error::setting(format!("[{section}]"), name, "a key that there is"))?;
            let value = Value::from_json(json).ok_or_else(|| Error::setting(name, "null", key.takes))?;
            (key.set)(self, &Item::new(value))
                .map_err(|wrong| Error::setting(name, wrong.found, wrong.expected))?;
        }
        Ok(())
    }
}
