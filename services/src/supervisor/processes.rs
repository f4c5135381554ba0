//! The services as processes of their own: started, killed without a warning, started again.

use std::{
    collections::BTreeMap,
    env,
    ffi::OsString,
    fs::{self, File},
    path::PathBuf,
    process::Stdio,
    time::Duration,
};

use payment_clients::contract::{
    error::{Error, Result},
    secret::Secret,
};
use tokio::{
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    time::{Instant, sleep, timeout},
};

use crate::{
    kit::health::{LivenessApi, LivenessClient},
    platform::{Ports, Urls, clients},
    registry::Name,
};

/// How a service is started.
#[derive(Clone, Debug)]
pub struct Program {
    /// The binary.
    pub path: PathBuf,
    /// The folder of the run, with what the processes log.
    pub dir: PathBuf,
    /// What is said to each in its environment, where other users of the machine do not see it.
    pub variables: BTreeMap<&'static str, Secret<String>>,
    /// What else is said to each.
    pub words: Vec<OsString>,
    /// Where they are reached, the same for all and after every start.
    pub ports: Ports,
    /// Where those listen that are reached through a relay.
    pub behind: BTreeMap<Name, u16>,
}

/// Between two looks at a process that starts or stops.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// What says where the stores are.
pub const STORE: &str = "PAYMENTS_STORE";
/// What has a process stop when its standard input ends.
const SUPERVISED: &str = "--supervised";
/// What says how many threads a process works with.
const WORKERS: &str = "TOKIO_WORKER_THREADS";

/// The processes.
#[derive(Debug)]
pub struct Fleet {
    program: Program,
    running: BTreeMap<Name, Child>,
    kills: BTreeMap<Name, u32>,
    falls: BTreeMap<Name, u32>,
}

// === impl Program ===

impl Program {
    /// Where the services are reached.
    pub fn urls(&self) -> Urls {
        urls(|name| self.ports.of(name).unwrap_or_default())
    }

    /// Where they are themselves.
    fn itself(&self) -> Urls {
        urls(|name| self.port(name))
    }

    fn port(&self, name: Name) -> u16 {
        self.behind.get(&name).copied().or(self.ports.of(name)).unwrap_or_default()
    }

    fn start(&self, name: Name) -> Result<Child> {
        let failed = |cause| Error::configuration(format!("{name} cannot be started: {cause}"));
        let log = self.dir.join("logs").join(name.as_str()).with_extension("log");
        let log = File::options().create(true).append(true).open(log).map_err(failed)?;
        let mut command = Command::new(&self.path);
        command.arg(name.as_str()).arg("--dir").arg(&self.dir).arg("--ports").arg(self.ports.to_string());
        if let Some(port) = self.behind.get(&name) {
            command.arg("--listen").arg(port.to_string());
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value.expose())));
        // They share the processors, of which each would take all for itself.
        if env::var_os(WORKERS).is_none() {
            command.env(WORKERS, "1");
        }
        // It stops when this ends: when it is asked to, and when nobody is left who could ask.
        command.arg(SUPERVISED).stdin(Stdio::piped());
        command.args(&self.words).stdout(Stdio::null()).stderr(log);
        command.kill_on_drop(true).spawn().map_err(failed)
    }
}

fn urls(port: impl Fn(Name) -> u16) -> Urls {
    Name::ALL.iter().map(|name| (*name, format!("http://127.0.0.1:{}", port(*name)))).collect()
}

/// A row of free ports for all services, and for as many behind them, below those that the system gives to callers: one of these may take the port of
/// a service that was killed.
///
/// # Errors
/// When there is none.
pub async fn free_ports() -> Result<Ports> {
    const CANDIDATES: std::ops::Range<u16> = 200..320;
    'rows: for hundred in CANDIDATES {
        for port in (hundred * 100..).take(2 * Name::ALL.len()) {
            if TcpListener::bind(("127.0.0.1", port)).await.is_err() {
                continue 'rows;
            }
        }
        return Ok(Ports::From(hundred * 100));
    }
    Err(Error::configuration("no row of free ports was found; name one with --ports"))
}

// === impl Fleet ===

impl Fleet {
    /// Starts all services.
    ///
    /// # Errors
    /// When one cannot be started.
    pub fn start(program: Program) -> Result<Self> {
        let failed = |cause| Error::configuration(format!("{}: {cause}", program.dir.display()));
        fs::create_dir_all(program.dir.join("logs")).map_err(failed)?;
        let running = Name::ALL.iter().map(|name| Ok((*name, program.start(*name)?))).collect::<Result<_>>()?;
        Ok(Self { program, running, kills: BTreeMap::new(), falls: BTreeMap::new() })
    }

    /// Waits until each process answers.
    ///
    /// # Errors
    /// When one has ended, or does not answer within this time; the text names its log.
    pub async fn ready(&mut self, within: Duration) -> Result<()> {
        let until = Instant::now() + within;
        // Asked where they are, whatever stands between.
        let platform = clients(&self.program.itself(), None, |_| None)?;
        for name in self.running.keys().copied().collect::<Vec<_>>() {
            let log = self.program.dir.join("logs").join(name.as_str()).with_extension("log");
            let failed = |what: &str| Error::configuration(format!("{name} {what}; see {}", log.display()));
            loop {
                if self.running.get_mut(&name).is_some_and(|child| !matches!(child.try_wait(), Ok(None))) {
                    return Err(failed("has ended"));
                }
                // What does not listen yet is no reason for a client to think ill of it.
                let listens = TcpStream::connect(("127.0.0.1", self.program.port(name))).await.is_ok();
                if listens && LivenessClient::from(platform.base(name.service())?).get_liveness().await.is_ok() {
                    break;
                }
                if Instant::now() > until {
                    return Err(failed("does not answer"));
                }
                sleep(LOOK_EVERY).await;
            }
        }
        Ok(())
    }

    /// Kills these at once, and starts them again when they are dead.
    ///
    /// # Errors
    /// When one cannot be killed or started.
    pub async fn kill(&mut self, names: &[Name]) -> Result<()> {
        self.kill_for_now(names).await?;
        self.restart(names)
    }

    /// Kills these at once; they stay dead until they are restarted.
    ///
    /// # Errors
    /// When one cannot be killed.
    pub async fn kill_for_now(&mut self, names: &[Name]) -> Result<()> {
        self.end(names).await?;
        for name in names {
            *self.kills.entry(*name).or_default() += 1;
            self.running.remove(name);
        }
        Ok(())
    }

    /// Starts these, which are dead.
    ///
    /// # Errors
    /// When one cannot be started.
    pub fn restart(&mut self, names: &[Name]) -> Result<()> {
        for name in names {
            self.running.insert(*name, self.program.start(*name)?);
        }
        Ok(())
    }

    /// Asks all of them to stop, callers before those whom they call, and waits until each has. Who takes longer than
    /// this is killed.
    ///
    /// # Errors
    /// When one cannot be killed.
    pub async fn stop_gently(&mut self, within: Duration) -> Result<()> {
        for name in Name::ALL.iter().rev() {
            let Some(child) = self.running.get_mut(name) else { continue };
            // Which ends its standard input.
            if timeout(within, child.wait()).await.is_err() {
                child.kill().await.map_err(Error::internal)?;
            }
        }
        self.running.clear();
        Ok(())
    }

    /// Starts again what has ended by itself, such as a service whose port was taken for a moment.
    ///
    /// # Errors
    /// When one cannot be started.
    pub fn revive(&mut self) -> Result<()> {
        for (name, child) in &mut self.running {
            if child.try_wait().map_err(Error::internal)?.is_some() {
                *self.falls.entry(*name).or_default() += 1;
                *child = self.program.start(*name)?;
            }
        }
        Ok(())
    }

    /// Ends all of them as they are ended in the drill: at once.
    ///
    /// # Errors
    /// When one cannot be killed.
    pub async fn stop(&mut self) -> Result<()> {
        self.end(Name::ALL).await
    }

    async fn end(&mut self, names: &[Name]) -> Result<()> {
        for (_, child) in self.running.iter_mut().filter(|(name, _)| names.contains(name)) {
            // One that has ended by itself cannot be killed, and need not be.
            let _ = child.start_kill();
        }
        for (_, child) in self.running.iter_mut().filter(|(name, _)| names.contains(name)) {
            child.wait().await.map_err(Error::internal)?;
        }
        Ok(())
    }

    /// The numbers of the processes that run, for whoever asks the system about them.
    pub fn ids(&self) -> BTreeMap<Name, u32> {
        self.running.iter().filter_map(|(name, child)| Some((*name, child.id()?))).collect()
    }

    /// How often each was killed.
    pub fn kills(&self) -> BTreeMap<Name, u32> {
        self.kills.clone()
    }

    /// How often each has ended by itself.
    pub fn falls(&self) -> BTreeMap<Name, u32> {
        self.falls.clone()
    }
}
