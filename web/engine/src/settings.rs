//! Configs as the page has them: keys with texts, as in the address and as the program's flags.

use crate::request::Refused;
use gradlens::config::{KEYS, RunConfig, RunData, Value, key};
use gradlens::diagnostics::Remedy;
use std::collections::BTreeMap;

/// Keys with texts.
pub type Settings = BTreeMap<String, String>;

/// The keys that the list of all layers takes the place of.
const DESCRIBE: [&str; 7] = ["hidden", "activation", "init", "bias_init", "dropout", "norm", "residual"];

/// The config that settings describe.
pub fn config(settings: &Settings) -> Result<RunConfig, Refused> {
    let mut config = RunConfig::default();
    for (name, text) in settings {
        config.set(name, text).map_err(|error| error.to_string())?;
    }
    Ok(config)
}

/// A value as a flag takes it.
fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::List(items) if items.iter().all(|item| matches!(item.value, Value::Whole(_))) => {
            items.iter().map(|item| text(&item.value)).collect::<Vec<_>>().join(",")
        }
        other => other.to_string(),
    }
}

/// The keys whose values are not those that hold where nothing is said.
pub fn what_is_set(config: &RunConfig) -> Settings {
    let default = RunConfig::default();
    let described = |name: &str| config.network.layers.is_some() && DESCRIBE.contains(&name);
    KEYS.iter()
        .filter(|key| !described(key.name))
        .filter_map(|key| {
            Some((key.name.to_string(), key.get(config).filter(|v| key.get(&default).as_ref() != Some(v))?))
        })
        .map(|(name, value)| (name, text(&value)))
        .collect()
}

/// The settings after a remedy: those of the user with as little changed as possible. `complete` is the config that they
/// come to with these samples. `None` where the remedy changes nothing that settings say.
pub fn after(remedy: &Remedy, user: &Settings, complete: &RunConfig, data: &RunData) -> Option<Settings> {
    let wanted = remedy.apply(complete)?.complete(data).ok()?;
    let mut short = user.clone();
    let mut set = |name: &str, text: String| short.insert(name.into(), text);
    match remedy {
        Remedy::Activation(name) => {
            set("activation", name.clone());
            short.remove("init");
        }
        Remedy::Init(name) if name == "default" => _ = short.remove("init"),
        Remedy::Init(name) => _ = set("init", name.clone()),
        Remedy::BiasInit(name) => _ = set("bias_init", name.clone()),
        Remedy::Dropout(share) => _ = set("dropout", share.to_string()),
        Remedy::Normalise(over) => _ = set("norm", over.clone()),
        Remedy::Loss(_) => {
            short.extend(wanted.network.head.clone().map(|head| ("head".into(), head)));
            short.remove("loss");
        }
        _ => {}
    }
    for key in KEYS.iter().filter(|key| key.section != "network") {
        let value = key.get(&wanted);
        if value != key.get(complete) {
            match value {
                Some(value) => short.insert(key.name.into(), text(&value)),
                None => short.remove(key.name),
            };
        }
    }
    let network = |config: &RunConfig| config.section_to_json("network");
    let comes_to = |settings: &Settings| Some(network(&config(settings).ok()?.complete(data).ok()?));
    if comes_to(&short) == Some(network(&wanted)) {
        return Some(short);
    }
    // What the few words cannot say, the list of all layers can.
    DESCRIBE.iter().for_each(|name| _ = short.remove(*name));
    short.insert("layers".into(), text(&key("layers")?.get(&wanted)?));
    (comes_to(&short) == Some(network(&wanted))).then_some(short)
}
