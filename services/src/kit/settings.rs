//! What a process is run with, as a table: name, default, what it is. The flags, the environment and a file are three
//! sources of the same names, and the first of them that says something is heard.
//!
//! `drain_seconds` is the flag `--drain-seconds`, the variable `PAYMENTS_DRAIN_SECONDS`, and `drain_seconds = 10` in a
//! TOML file. Whatever is wrong in any of them is told at once, with the place where it was said.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fmt, fs,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

use http::Uri;
use payment_clients::contract::{
    error::{Error, Result},
    secret::Secret,
};
use toml::{Table, Value};

use super::{bus::Bus, limits::Quotas, store::Stores};
use crate::platform::Ports;

/// What the variables begin with.
const PREFIX: &str = "PAYMENTS_";
/// Variables that begin so and are no settings: the file of the settings, and the servers of the tests.
const OTHERS: [&str; 2] = ["PAYMENTS_SETTINGS", "PAYMENTS_TEST_"];

/// Where a row of ports may begin: nobody needs to be root, and all services have one.
const FIRST_PORTS: RangeInclusive<u16> = 1024..=65_000;

/// What a process is run with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder of the stores and of what is kept beside them; a new one when absent.
    pub dir: Option<PathBuf>,
    /// Where the stores are instead.
    pub store: Option<Secret<String>>,
    /// Which ports the services listen on.
    pub ports: Ports,
    /// What carries events between services.
    pub bus: Bus,
    /// Who counts what merchants ask.
    pub quotas: Quotas,
    /// How long a service may take to finish what is in flight.
    pub drain: Duration,
    /// How often a service reads its configuration.
    pub refresh: Duration,
    /// Where spans go: a collector that takes OTLP over gRPC.
    pub otlp: Option<String>,
    /// How many of a thousand traces are recorded, of those that begin here.
    pub trace_permille: u16,
    /// How log lines are written.
    pub log: LogFormat,
    /// Whether commands that run the whole platform serve the console.
    pub console: bool,
    lines: Vec<Line>,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// One setting, as people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its name.
    pub name: &'static str,
    /// Its value; of a secret, that there is one.
    pub value: String,
    /// Who said so.
    pub origin: String,
    /// What it is.
    pub about: &'static str,
}

/// What the sources say, from the weakest to the strongest.
#[derive(Debug, Default)]
pub struct Sources {
    said: Vec<Said>,
    mistakes: Vec<String>,
}

#[derive(Debug)]
struct Said {
    name: String,
    text: String,
    origin: String,
}

struct Setting {
    name: &'static str,
    default: &'static str,
    about: &'static str,
    secret: bool,
    /// Sets it, or names the rule that the text breaks.
    set: fn(&mut Settings, &str) -> Result<(), String>,
}

/// Every setting.
const TABLE: &[Setting] = &[
    Setting {
        name: "dir",
        default: "",
        about: "folder of the stores; a new one under .payments/ when empty",
        secret: false,
        set: |settings, text| {
            settings.dir = (!text.is_empty()).then(|| text.into());
            Ok(())
        },
    },
    Setting {
        name: "store",
        default: "",
        about: "stores elsewhere: a folder, or postgres://user:password@host:port/database",
        secret: true,
        set: |settings, text| {
            settings.store = match text {
                "" => None,
                text => {
                    text.parse::<Stores>().map_err(|error| error.message().to_owned())?;
                    Some(Secret::new(text.to_owned()))
                }
            };
            Ok(())
        },
    },
    Setting {
        name: "ports",
        default: "fixed",
        about: "fixed: the registered ones; auto: any that are free; a number: that one and those behind it",
        secret: false,
        set: |settings, text| {
            settings.ports = match text {
                "fixed" => Ports::Fixed,
                "auto" => Ports::Auto,
                number => {
                    Ports::From(number.parse().ok().filter(|first| FIRST_PORTS.contains(first)).ok_or_else(|| {
                        let (least, most) = FIRST_PORTS.into_inner();
                        format!("must be `fixed`, `auto`, or a number from {least} to {most}")
                    })?)
                }
            };
            Ok(())
        },
    },
    Setting {
        name: "bus",
        default: "embedded",
        about: "what carries events between services: embedded, or kafka://host:port",
        secret: false,
        set: |settings, text| {
            settings.bus = text.parse().map_err(|error: Error| error.message().to_owned())?;
            Ok(())
        },
    },
    Setting {
        name: "quotas",
        default: "embedded",
        about: "who counts what merchants ask: embedded (each instance for itself), or redis://host:port (all together)",
        secret: true,
        set: |settings, text| {
            settings.quotas = text.parse().map_err(|error: Error| error.message().to_owned())?;
            Ok(())
        },
    },
    Setting {
        name: "drain_seconds",
        default: "10",
        about: "how long a service may take to finish what is in flight, 1 to 600",
        secret: false,
        set: |settings, text| {
            settings.drain = seconds(text, 1, 600)?;
            Ok(())
        },
    },
    Setting {
        name: "configuration_refresh_seconds",
        default: "300",
        about: "how often a service reads its configuration, 1 to 86400; a change is read at once",
        secret: false,
        set: |settings, text| {
            settings.refresh = seconds(text, 1, 86_400)?;
            Ok(())
        },
    },
    Setting {
        name: "otlp",
        default: "",
        about: "where spans go: a collector that takes OTLP over gRPC, such as http://127.0.0.1:4317; nowhere when empty",
        secret: false,
        set: |settings, text| {
            settings.otlp = collector(text)?;
            Ok(())
        },
    },
    Setting {
        name: "trace_permille",
        default: "1000",
        about: "how many of a thousand traces are recorded, 0 to 1000; whoever calls decides for those that it has begun",
        secret: false,
        set: |settings, text| {
            let number = text.parse().ok().filter(|number| *number <= 1000);
            settings.trace_permille = number.ok_or("must be a whole number from 0 to 1000")?;
            Ok(())
        },
    },
    Setting {
        name: "log",
        default: "text",
        about: "how log lines are written: text, or json",
        secret: false,
        set: |settings, text| {
            settings.log = match text {
                "text" => LogFormat::Text,
                "json" => LogFormat::Json,
                _ => return Err("must be `text` or `json`".to_owned()),
            };
            Ok(())
        },
    },
    Setting {
        name: "console",
        default: "on",
        about: "whether commands that run the whole platform serve the console, on port 40000 or a free one with --ports auto: on, or off",
        secret: false,
        set: |settings, text| {
            settings.console = match text {
                "on" => true,
                "off" => false,
                _ => return Err("must be `on` or `off`".to_owned()),
            };
            Ok(())
        },
    },
];

// === impl Sources ===

impl Sources {
    /// What a TOML file says.
    ///
    /// # Errors
    /// When it cannot be read, or is no TOML; the text names it.
    pub fn file(mut self, path: &Path) -> Result<Self> {
        let failed = |cause: &dyn fmt::Display| Error::configuration(format!("{}: {cause}", path.display()));
        let text = fs::read_to_string(path).map_err(|cause| failed(&cause))?;
        let table: Table = toml::from_str(&text).map_err(|cause| failed(&cause))?;
        for (name, value) in table {
            let origin = format!("`{name}` in {}", path.display());
            match value {
                Value::String(text) => self.say(name, text, origin),
                Value::Integer(number) => self.say(name, number.to_string(), origin),
                _ => self.mistakes.push(format!("{origin} must be a text or a whole number")),
            }
        }
        Ok(self)
    }

    /// What the variables say whose names begin with `PAYMENTS_`.
    pub fn variables(mut self, variables: impl Iterator<Item = (OsString, OsString)>) -> Self {
        for (variable, text) in variables {
            let Some(variable) = variable.to_str() else { continue };
            let Some(name) = variable.strip_prefix(PREFIX) else { continue };
            if OTHERS.iter().any(|other| variable.starts_with(other)) {
                continue;
            }
            match text.into_string() {
                Ok(text) => self.say(name.to_ascii_lowercase(), text, variable.to_owned()),
                Err(_) => self.mistakes.push(format!("{variable} is no text")),
            }
        }
        self
    }

    /// What a flag says, if it is given.
    pub fn flag(mut self, name: &str, text: Option<&str>) -> Self {
        if let Some(text) = text {
            self.say(name.to_owned(), text.to_owned(), format!("--{}", name.replace('_', "-")));
        }
        self
    }

    fn say(&mut self, name: String, text: String, origin: String) {
        self.said.push(Said { name, text, origin });
    }

    /// The settings that these sources make.
    ///
    /// # Errors
    /// When anything in them is wrong; the text tells all of it.
    pub fn settings(self) -> Result<Settings> {
        let Self { said, mut mistakes } = self;
        let mut strongest = BTreeMap::new();
        for Said { name, text, origin } in said {
            match TABLE.iter().position(|setting| setting.name == name) {
                Some(setting) => drop(strongest.insert(setting, (text, origin))),
                None => mistakes.push(format!("{origin} is no setting; did you mean `{}`?", nearest(&name))),
            }
        }
        let mut settings = Settings::unset();
        for (position, setting) in TABLE.iter().enumerate() {
            let default = || (setting.default.to_owned(), "default".to_owned());
            let (text, origin) = strongest.remove(&position).unwrap_or_else(default);
            let text = text.trim();
            let shown = if setting.secret && text != setting.default { "(secret)" } else { text };
            if let Err(rule) = (setting.set)(&mut settings, text) {
                mistakes.push(format!("{origin}: `{shown}`: {rule}"));
            }
            let Setting { name, about, .. } = setting;
            settings.lines.push(Line { name, value: shown.to_owned(), origin, about });
        }
        if mistakes.is_empty() { Ok(settings) } else { Err(Error::configuration(mistakes.join("; "))) }
    }
}

// === impl Settings ===

impl Settings {
    /// Before the table is gone through, which sets each.
    fn unset() -> Self {
        let (drain, refresh) = (Duration::ZERO, Duration::ZERO);
        let (bus, quotas) = (Bus::default(), Quotas::default());
        Self {
            dir: None,
            store: None,
            ports: Ports::Fixed,
            bus,
            quotas,
            drain,
            refresh,
            otlp: None,
            trace_permille: 0,
            log: LogFormat::Text,
            console: false,
            lines: Vec::new(),
        }
    }

    /// Each setting with its value and who said so.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }
}

// === rules ===

fn seconds(text: &str, least: u64, most: u64) -> Result<Duration, String> {
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.map(Duration::from_secs).ok_or_else(|| format!("must be a whole number from {least} to {most}"))
}

/// Where a collector is.
fn collector(text: &str) -> Result<Option<String>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let uri = text.parse::<Uri>().ok().filter(|uri| uri.scheme_str() == Some("http") && uri.port().is_some());
    uri.map(|_| Some(text.to_owned())).ok_or_else(|| "must be http://host:port".to_owned())
}

/// The name that was probably meant.
fn nearest(name: &str) -> &'static str {
    let likeness = |setting: &Setting| strsim::jaro_winkler(&name.to_ascii_lowercase(), setting.name);
    let nearest = TABLE.iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    nearest.map_or("", |setting| setting.name)
}
