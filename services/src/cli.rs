//! The command line: what to run, where its stores are, on which ports.

mod addresses;
mod compare;
mod console;
mod day;
mod drill;
mod explain;
pub mod folder;
mod look;
mod mistake;
mod pay;
mod redrive;
mod screen;
mod top;
mod up;

use std::{
    collections::BTreeMap,
    error::Error as _,
    ffi::OsString,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
};

use clap::{Args, Parser, Subcommand};
use payment_clients::contract::{
    error::{Error, ErrorKind, Result},
    secret::Secret,
};
#[cfg(unix)]
use tokio::signal::unix;
use tokio::sync::oneshot;

use crate::{
    console::Mode,
    documents,
    kit::{
        clock::Clock,
        settings::{LogFormat, Settings, Sources},
        store::Stores,
        telemetry::{self, Show, Telemetry},
    },
    new_api,
    platform::{Bound, Running, Setup, Timing},
    registry::Name,
    supervisor::processes::STORE,
};
use console::Onlooker;
use folder::Folder;
use mistake::Mistake;

/// The name of a process that runs many services, where it shows itself.
const PLATFORM: &str = "payments";

/// Reference services of the payment platform.
#[derive(Parser)]
#[command(name = "payments", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs all services until Ctrl-C, with a console to watch them.
    Up(up::Up),
    /// Prints what the flags, the environment and the file of settings make together, and who said what.
    Settings(Common),
    /// Lists what waits for a person, of all stores; exit code 2 when anything does.
    Incidents(look::Incidents),
    /// Shows all services as they are now, again every second.
    Top(top::Top),
    /// Tells one payment's whole story, and why it is where it is.
    Explain(explain::Explain),
    /// Lists the events that services could not take, or puts them back for the next start.
    Redrive(redrive::Redrive),
    /// Pays real purchases through the platform, then compares four books.
    Demo(pay::Demo),
    /// Kills services at random while shops sell and are paid out, then checks what is left.
    Drill(drill::Drill),
    /// Checks what must be true of the stores of a run that has stopped.
    Check(compare::Check),
    /// Compares the ledger with the books of the channel and the bank, after a run has stopped.
    Reconcile(compare::Reconcile),
    /// Writes our OpenAPI documents, one JSON file per service.
    Openapi {
        /// Folder to write them to; made when it is missing.
        #[arg(long)]
        out: PathBuf,
    },
    /// Writes the declarations of an API from an OpenAPI document, as a draft.
    NewApi {
        /// OpenAPI 3.0 or 3.1, YAML or JSON.
        #[arg(long)]
        from: PathBuf,
        /// Folder in which the API gets a folder of its own.
        #[arg(long)]
        out: PathBuf,
        /// Only the operations with this tag; may be given several times.
        #[arg(long, value_name = "TAG")]
        api: Vec<String>,
    },
    /// Runs one service until Ctrl-C: payment-gateway, order, channel-adapter, risk or channel-sim.
    #[command(external_subcommand)]
    Service(Vec<String>),
}

/// What every command that runs services understands.
#[derive(Args, Clone, Debug, Default)]
struct Common {
    /// TOML file of settings. What the environment says is heard before it (PAYMENTS_BUS), and what flags say before both.
    #[arg(long, env = "PAYMENTS_SETTINGS", value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Folder of the stores; a new one under .payments/ when absent. An unfinished run in it is continued.
    #[arg(long)]
    dir: Option<String>,
    /// Stores elsewhere: a folder, or postgres://user:password@host:port/database. What else is kept stays in --dir.
    #[arg(long)]
    store: Option<Secret<String>>,
    /// Empty the folder first.
    #[arg(long)]
    fresh: bool,
    /// The registered ports (fixed), any that are free (auto), or this one and those behind it.
    #[arg(long, value_name = "fixed|auto|NUMBER")]
    ports: Option<String>,
    /// What carries events between services: embedded, or kafka://host:port.
    #[arg(long)]
    bus: Option<String>,
    /// Who counts what merchants ask: embedded (each instance for itself), or redis://host:port (all together).
    #[arg(long)]
    quotas: Option<Secret<String>>,
    /// How long a service may take to finish what is in flight.
    #[arg(long, value_name = "SECONDS")]
    drain_seconds: Option<String>,
    /// How often a service reads its configuration.
    #[arg(long, value_name = "SECONDS")]
    configuration_refresh_seconds: Option<String>,
    /// Where spans go: a collector that takes OTLP over gRPC, such as http://127.0.0.1:4317.
    #[arg(long, value_name = "URL")]
    otlp: Option<String>,
    /// How many of a thousand traces are recorded.
    #[arg(long, value_name = "0..1000")]
    trace_permille: Option<String>,
    /// How log lines are written.
    #[arg(long, value_name = "text|json")]
    log: Option<String>,
    /// Whether to serve the console, where all services run.
    #[arg(long, value_name = "on|off")]
    console: Option<String>,
    /// Print one JSON object on stdout and nothing else.
    #[arg(long)]
    json: bool,
    /// Keep the services running until Ctrl-C once everything is done.
    #[arg(long)]
    stay: bool,
    /// Make this mistake on purpose; `payments check` must find it afterwards. In builds with the feature `mutants`.
    #[arg(long, value_name = "NAME|list")]
    mutate: Option<Mistake>,
}

/// One service alone, for [`Command::Service`].
#[derive(Parser)]
#[command(name = "payments")]
struct Single {
    service: Name,
    /// Where it listens, when something passes on to it what comes to its port.
    #[arg(long, value_name = "PORT")]
    listen: Option<u16>,
    /// File that says how many milliseconds the clock is ahead of the machine's; whoever writes it moves the clock.
    #[arg(long, value_name = "FILE")]
    clock: Option<PathBuf>,
    /// Whether it stops when its standard input ends, which it does when whoever started it is gone, however that ended.
    #[arg(long, hide = true)]
    supervised: bool,
    #[command(flatten)]
    common: Common,
}

/// Reads the arguments and runs what they say. 0: all is well; 1: it could not be done, and stderr says why; 2: the
/// books do not agree or break an invariant, or the arguments make no sense.
pub async fn run() -> ExitCode {
    let Cli { command } = Cli::parse();
    let runs_services = matches!(command, Command::Up(_) | Command::Service(_) | Command::Demo(_) | Command::Drill(_));
    if !runs_services {
        telemetry::log_to_stderr("error");
    }
    let done = match command {
        Command::Up(up) => up.run().await,
        Command::Settings(common) => look::settings(&common),
        Command::Incidents(incidents) => incidents.run(),
        Command::Top(top) => top.run().await,
        Command::Explain(explain) => explain.run(),
        Command::Redrive(redrive) => redrive.run().await,
        Command::Demo(demo) => demo.run().await,
        Command::Drill(drill) => drill.run().await,
        Command::Check(check) => check.run(),
        Command::Reconcile(reconcile) => reconcile.run(),
        Command::Openapi { out } => openapi(&out),
        Command::NewApi { from, out, api } => new_api(&from, &out, &api),
        Command::Service(words) => Single::parse_from(std::iter::once("payments".to_owned()).chain(words)).run().await,
    };
    done.unwrap_or_else(|error| {
        // What broke inside is kept from callers, and not from whoever runs the program.
        let cause = (error.kind() == ErrorKind::Internal).then(|| error.source()).flatten();
        let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
        say(&mut io::stderr(), format_args!("error: {error}{cause}"));
        ExitCode::FAILURE
    })
}

impl Common {
    /// What this process is run with.
    ///
    /// # Errors
    /// When anything that was said is wrong; the text tells all of it.
    fn settings(&self) -> Result<Settings> {
        #[cfg(feature = "mutants")]
        crate::mutants::turn_on(mistake::made(self.mutate)?);
        let mut sources = Sources::default();
        if let Some(file) = &self.settings {
            sources = sources.file(file)?;
        }
        let store = self.store.as_ref().map(|store| store.expose().as_str());
        let sources = sources.variables(std::env::vars_os()).flag("dir", self.dir.as_deref()).flag("store", store);
        let sources = sources.flag("ports", self.ports.as_deref()).flag("bus", self.bus.as_deref());
        let sources = sources.flag("quotas", self.quotas.as_ref().map(|quotas| quotas.expose().as_str()));
        let sources = sources.flag("otlp", self.otlp.as_deref()).flag("log", self.log.as_deref());
        let sources = sources.flag("trace_permille", self.trace_permille.as_deref());
        let sources = sources.flag("console", self.console.as_deref());
        let refresh = self.configuration_refresh_seconds.as_deref();
        let sources = sources.flag("drain_seconds", self.drain_seconds.as_deref());
        sources.flag("configuration_refresh_seconds", refresh).settings()
    }
}

impl Settings {
    /// Where the stores are. A new run does not begin on what another has left: its secrets are of another folder.
    ///
    /// # Errors
    /// When `--store` makes no sense, or is in use.
    fn stores(&self, folder: &Folder) -> Result<Stores> {
        let Some(store) = &self.store else { return Ok(Stores::folder(folder.path())) };
        let stores: Stores = store.expose().parse()?;
        if !folder.is_resumed() && stores.is_used()? {
            folder.discard()?;
            let remedy = "continue that run with its --dir, or name an empty database or folder";
            return Err(Error::configuration(format!("{stores} holds the stores of another run; {remedy}")));
        }
        stores.create()?;
        Ok(stores)
    }

    /// What this process shows of itself. Whoever runs services to look at something else logs nothing but what is broken.
    fn show(&self, service: &'static str, level: &'static str) -> Show {
        let Self { log, trace_permille, .. } = *self;
        Show { service, log, level, otlp: self.otlp.clone(), trace_permille }
    }

    /// What processes are told that show themselves as this one does.
    fn shown_alike(&self) -> Vec<OsString> {
        let log = match self.log {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        };
        let words = [format!("--log={log}"), format!("--trace-permille={}", self.trace_permille)];
        let otlp = self.otlp.iter().map(|otlp| format!("--otlp={otlp}"));
        words.into_iter().chain(otlp).map(OsString::from).collect()
    }

    const fn timing(&self) -> Timing {
        Timing { drain: self.drain, refresh: self.refresh }
    }
}

/// What processes are told that nobody else may see: where the stores are, if they are not in the folder, and who counts.
fn hidden(settings: &Settings, common: &Common) -> BTreeMap<&'static str, Secret<String>> {
    let said = [(STORE, &settings.store), ("PAYMENTS_QUOTAS", &common.quotas)];
    said.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect()
}

impl Single {
    /// Runs the service.
    async fn run(self) -> Result<ExitCode> {
        let settings = self.common.settings()?;
        let telemetry = Telemetry::start(&settings.show(self.service.service().name, "info"))?;
        let bound = match self.listen {
            Some(port) => Bound::bind_behind(self.service, port, settings.ports).await?,
            None => Bound::bind(&[self.service], settings.ports).await?,
        };
        let clock = self.clock.as_deref().map_or_else(|| Ok(Clock::system()), Clock::dial)?;
        let asked = async {
            tokio::select! {
                asked = interrupted() => asked,
                () = left_alone(), if self.supervised => Ok(()),
            }
        };
        serve(bound, clock, settings, self.common.fresh, (telemetry, None), asked).await
    }
}

async fn serve(
    bound: Bound,
    clock: Clock,
    settings: Settings,
    fresh: bool,
    (telemetry, onlooker): (Telemetry, Option<Onlooker>),
    asked_to_stop: impl Future<Output = Result<()>>,
) -> Result<ExitCode> {
    let folder = Folder::open(settings.dir.as_deref(), fresh)?;
    let stores = settings.stores(&folder)?;
    let setup = Setup {
        timing: settings.timing(),
        bus: settings.bus,
        quotas: settings.quotas,
        ..Setup::new(folder.path(), stores.clone(), clock)
    };
    let (names, urls) = (bound.names(), bound.urls()?);
    let running = bound.start(&setup).await?;
    addresses::write(folder.path(), &names, &urls)?;
    let console = match &onlooker {
        Some(onlooker) => onlooker.open_beside(settings.ports, &setup, urls, Mode::Up).await,
        None => None,
    };
    say(&mut io::stderr(), format_args!("stores in {stores}; Ctrl-C stops"));
    asked_to_stop.await?;
    drop(console);
    let stopped = stop(running).await;
    // Also of what could not be stopped something may be told.
    telemetry.stop().await;
    stopped.map(|()| ExitCode::SUCCESS)
}

fn new_api(from: &Path, out: &Path, tags: &[String]) -> Result<ExitCode> {
    let written = new_api::write(from, out, tags)?;
    for file in &written.files {
        say(&mut io::stdout(), format_args!("{}", file.display()));
    }
    if !written.notes.is_empty() {
        say(&mut io::stderr(), format_args!("\nwhat new-api could not say:"));
    }
    for note in &written.notes {
        say(&mut io::stderr(), format_args!("  {note}"));
    }
    Ok(ExitCode::SUCCESS)
}

fn openapi(out: &Path) -> Result<ExitCode> {
    for name in documents::write(out)? {
        say(&mut io::stdout(), format_args!("{}", out.join(name).with_extension("json").display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// Stops what runs, or ends at once when it is asked again: the next start takes up what was in flight.
async fn stop(running: Running) -> Result<()> {
    tokio::select! {
        stopped = running.stop() => stopped,
        again = interrupted() => again.and_then(|()| {
            let text = "asked twice to stop, and ended at once; the next start takes up what was in flight";
            Err(Error::internal(text))
        }),
    }
}

/// Waits for Ctrl-C, or for what a supervisor sends to have a process end.
async fn interrupted() -> Result<()> {
    #[cfg(unix)]
    {
        let mut asked = unix::signal(unix::SignalKind::terminate()).map_err(Error::internal)?;
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => pressed.map_err(Error::internal),
            _ = asked.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.map_err(Error::internal)
}

/// Waits until nobody holds the other end of the standard input. A thread of its own, since the runtime would wait for its
/// own to come back from reading.
async fn left_alone() {
    let (tell, told) = oneshot::channel();
    thread::spawn(move || {
        // However it ends, it has ended.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = tell.send(());
    });
    let _ = told.await;
}

/// Writes a line. A reader that went away is no reason to fail.
fn say(to: &mut impl Write, line: std::fmt::Arguments<'_>) {
    let _ = writeln!(to, "{line}");
}
