//! What the page may ask.
//!
//! A request is a JSON object with the field `do`; one with the images of digits has their bytes behind a line feed. An
//! answer is a JSON object; where it has the field `error`, nothing was done.

use crate::digits;
use crate::run::Run;
use crate::settings::{self, Settings};
use gradlens::Images;
use gradlens::config::{KEYS, LINKS, LOSSES, RunConfig};
use gradlens::data::made_names;
use gradlens::nn::{activation_names, initialiser_names};
use gradlens::train::{optimizer_names, schedule_names};
use serde::Deserialize;
use serde_json::{Value, json};

/// What a request asks for.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "lowercase")]
enum Request {
    /// The keys of a config, and the names that they take.
    Keys,
    /// Takes the images of digits, whose bytes follow.
    Images,
    /// A config as settings and as TOML, given as either.
    Config { config: Option<Settings>, toml: Option<String> },
    /// Begins a run, in place of that of the same number.
    Start { run: usize, config: Settings, csv: Option<String> },
    /// Takes steps.
    Steps {
        run: usize,
        count: u64,
        #[serde(default = "yes")]
        measure: bool,
    },
    /// Changes the learning rate.
    Rate { run: usize, lr: f64 },
    /// What the network says of points in the plane.
    Surface { run: usize, from: [f64; 2], to: [f64; 2], size: usize },
    /// Some samples with what the network says of them.
    Samples { run: usize, rows: Vec<usize> },
    /// The bits of all weights, by name, to compare runs by.
    Weights { run: usize },
    /// The samples that the network is most wrong about.
    Worst { run: usize, count: usize },
}

fn yes() -> bool {
    true
}

/// Why a request was not done.
pub(crate) type Refused = String;

/// Everything that lives between two requests.
#[derive(Default)]
pub struct Engine {
    runs: [Option<Run>; 2],
    images: Option<Images<f32>>,
}

impl Engine {
    /// Does what a request asks.
    pub fn answer(&mut self, request: &[u8]) -> String {
        let end = request.iter().position(|&byte| byte == b'\n').unwrap_or(request.len());
        let (head, body) = (&request[..end], request.get(end + 1..).unwrap_or_default());
        let answer = serde_json::from_slice(head)
            .map_err(|error| format!("the request: {error}"))
            .and_then(|request| self.done(request, body));
        answer.unwrap_or_else(|refused| json!({ "error": refused })).to_string()
    }

    fn run(&mut self, number: usize) -> Result<&mut Run, Refused> {
        let run = self.runs.get_mut(number).and_then(Option::as_mut);
        run.ok_or_else(|| format!("there is no run {number}, but it must be started first"))
    }

    fn done(&mut self, request: Request, body: &[u8]) -> Result<Value, Refused> {
        match request {
            Request::Keys => Ok(keys()),
            Request::Images => {
                self.images = Some(digits::read(body)?);
                Ok(json!({}))
            }
            Request::Config { config, toml } => {
                let config = match (config, toml) {
                    (Some(map), None) => settings::config(&map)?,
                    (None, Some(text)) => RunConfig::from_toml(&text).map_err(|error| error.to_string())?,
                    _ => return Err("the request needs one of config and toml".into()),
                };
                Ok(json!({ "config": settings::what_is_set(&config), "toml": config.to_toml() }))
            }
            Request::Start { run, config, csv } => {
                if run >= self.runs.len() {
                    return Err(format!("run {run}, but there are runs 0 and 1"));
                }
                let begun = Run::start(config, csv, self.images.as_ref())?;
                let answer = begun.begun();
                self.runs[run] = Some(begun);
                Ok(answer)
            }
            Request::Steps { run, count, measure } => Ok(self.run(run)?.steps(count, measure)),
            Request::Rate { run, lr } => self.run(run)?.set_rate(lr).map(|()| json!({})),
            Request::Surface { run, from, to, size } => self.run(run)?.surface(from, to, size),
            Request::Samples { run, rows } => self.run(run)?.samples(&rows),
            Request::Weights { run } => Ok(self.run(run)?.weights()),
            Request::Worst { run, count } => self.run(run)?.worst(count),
        }
    }
}

/// The keys of a config, and the names that they take.
fn keys() -> Value {
    let key = |key: &gradlens::config::Key| json!({ "section": key.section, "name": key.name, "takes": key.takes, "help": key.help });
    json!({
        "keys": KEYS.iter().map(key).collect::<Vec<_>>(),
        "activations": activation_names(),
        "initialisers": initialiser_names(),
        "schedules": schedule_names(),
        "optimizers": optimizer_names(),
        "made": made_names(),
        "heads": LINKS,
        "losses": LOSSES,
    })
}
