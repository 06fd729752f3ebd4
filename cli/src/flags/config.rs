//! Flags that stand for keys of a config.

use super::one_of;
use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches};
use gradlens::config::{KEYS, Key, RunConfig, Value, key};
use gradlens::nn::{activation_forms, initialiser_forms};
use gradlens::train::schedule_forms;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

/// The config that a command begins with, and the keys that have a flag there.
pub trait Base {
    /// What holds where nothing is said.
    fn config() -> RunConfig;

    /// Whether a key has a flag.
    fn has(key: &Key) -> bool;

    /// What the help says of a default, where the config does not.
    fn default_of(key: &Key) -> Option<String> {
        match key.name {
            "lr" => Some("0.1 for sgd, 0.001 for the others".into()),
            "weight_decay" => Some("0.01 for adamw, 0 for the others".into()),
            "init" => Some("as suits the activation".into()),
            "threads" => Some("all there are".into()),
            "clip_norm" | "patience" => Some("off".into()),
            _ => key.get(&Self::config()).map(|value| plain(&value)),
        }
    }
}

/// Flags that stand for keys of a config, as they were given.
#[derive(Debug)]
pub struct ConfigFlags<B> {
    /// Keys with what is to be set.
    given: Vec<(&'static str, String)>,
    file: Option<PathBuf>,
    /// Whether the config is to be printed.
    pub print: bool,
    base: PhantomData<B>,
}

impl<B> Clone for ConfigFlags<B> {
    fn clone(&self) -> Self {
        ConfigFlags {
            given: self.given.clone(),
            file: self.file.clone(),
            print: self.print,
            base: PhantomData,
        }
    }
}

impl<B: Base> ConfigFlags<B> {
    /// Whether a key was set by its flag.
    pub fn gives(&self, name: &str) -> bool {
        self.given.iter().any(|(given, _)| *given == name)
    }

    /// What the file and the flags say, in this order, and `base` of what they do not.
    pub fn over(&self, base: RunConfig) -> anyhow::Result<RunConfig> {
        self.set(match &self.file {
            Some(file) => RunConfig::read(file)?,
            None => base,
        })
    }

    /// A config with what the flags say.
    ///
    /// Paths that flags give are relative to the working directory, and from here on those of the config are too.
    pub fn set(&self, config: RunConfig) -> anyhow::Result<RunConfig> {
        let mut config = config.moved_to(Path::new(""));
        for (name, text) in &self.given {
            config.set(name, text).map_err(|error| anyhow::anyhow!("--{}: {error}", flag(name)))?;
        }
        Ok(config)
    }

    /// The same, with the base of the command.
    pub fn config(&self) -> anyhow::Result<RunConfig> {
        self.over(B::config())
    }

    /// The file of `--config`.
    pub fn file(&self) -> Option<&PathBuf> {
        self.file.as_ref()
    }
}

/// The flag of a key.
fn flag(name: &str) -> String {
    name.replace('_', "-")
}

/// A value as it is given to a flag.
fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::List(items) => items.iter().map(|item| plain(&item.value)).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// What a key does, with the names it takes, and its default.
fn help<B: Base>(key: &Key) -> String {
    let names = match key.name {
        "activation" => format!(": {}", one_of(&activation_forms())),
        "init" => format!(": {}", one_of(&initialiser_forms())),
        "bias_init" => "; the same names but orthogonal".into(),
        "schedule" => format!(": {}, every and share being shares of the run", one_of(&schedule_forms())),
        _ => String::new(),
    };
    let help = key.help.replace("; as suits the activation where it is not set", "");
    let default = B::default_of(key).filter(|default| default != "false");
    format!("{help}{names}{}", default.map_or(String::new(), |default| format!(" [default: {default}]")))
}

fn heading(section: &str) -> &'static str {
    match section {
        "data" => "Data",
        "network" => "Network",
        _ => "Training",
    }
}

impl<B: Base + 'static> clap::Args for ConfigFlags<B> {
    fn augment_args(mut command: Command) -> Command {
        command = command
            .next_help_heading("Config")
            .arg(
                Arg::new("config")
                    .long("config")
                    .value_name("FILE")
                    .value_parser(clap::value_parser!(PathBuf))
                    .help("Read what flags do not say from this TOML file"),
            )
            .arg(
                Arg::new("print-config")
                    .long("print-config")
                    .action(ArgAction::SetTrue)
                    .help("Print the complete config, as --config reads it, and do nothing else"),
            );
        for key in KEYS.iter().filter(|key| B::has(key)) {
            let check = |text: &str| match RunConfig::default().set(key.name, text) {
                Ok(()) => Ok(text.to_string()),
                Err(gradlens::Error::Setting { found, expected, .. }) => {
                    Err(format!("it is {found}, but must be {expected}"))
                }
                Err(error) => Err(error.to_string()),
            };
            let mut arg = Arg::new(key.name)
                .long(flag(key.name))
                .help(help::<B>(key))
                .help_heading(heading(key.section))
                .value_parser(check)
                .allow_negative_numbers(true);
            if key.name == "scale_inputs" {
                arg = arg.alias("scale-input");
            }
            arg = match key.takes {
                "BOOL" => {
                    arg.num_args(0..=1).require_equals(true).default_missing_value("true").value_name("BOOL")
                }
                takes => arg.value_name(takes),
            };
            command = command.arg(arg);
        }
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<B: Base> FromArgMatches for ConfigFlags<B> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let text = |key: &Key| matches.get_one::<String>(key.name).map(|text| (key.name, text.clone()));
        let known = KEYS.iter().filter(|key| B::has(key));
        let given = known.filter_map(|key| Some((self::key(key.name)?.name, text(key)?.1))).collect();
        let file = matches.get_one::<PathBuf>("config").cloned();
        Ok(ConfigFlags { given, file, print: matches.get_flag("print-config"), base: PhantomData })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The values of some sections of a config, `null` for what is not set.
pub fn json(config: &RunConfig, sections: &[&str]) -> serde_json::Value {
    let entry = |key: &Key| {
        (key.name.to_string(), key.get(config).map_or(serde_json::Value::Null, |value| value.to_json()))
    };
    KEYS.iter()
        .filter(|key| sections.contains(&key.section))
        .map(entry)
        .collect::<serde_json::Map<_, _>>()
        .into()
}
