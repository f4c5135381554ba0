//! Instances from DNS: one per address of a name (A, AAAA), or one per address and port of a service (SRV).
//!
//! # Names and TLS
//!
//! The URL that was configured stays in force: its host is what `Host`, the TLS handshake and the check of the
//! certificate use. DNS decides only which address, and for SRV which port, is dialled. The target of an SRV record is
//! an answer of a network that anyone on the way may have written; a certificate for *that* name proves nothing
//! (RFC 9525 §6.1). Instances whose certificates name each machine belong into a list or a file.
//!
//! # Failing and being empty
//!
//! "There are none" is an answer, "I cannot say" is not. A family or an SRV target without an address is left out; when
//! nothing is left, or one question got no answer, the whole resolution fails and half a set is never passed off as
//! one.
//!
//! # What is asked
//!
//! Names are asked for as they stand: no search domains, since a payment must not reach the `orders` of another domain,
//! and no hosts file, which would answer for one family and leave the other to DNS.

use std::{
    collections::BTreeSet,
    fmt,
    net::{IpAddr, SocketAddr},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures_util::{StreamExt, TryStreamExt, future::join, stream};
use hickory_resolver::{
    TokioResolver,
    config::{NameServerConfig, ResolveHosts, ResolverConfig},
    net::{DnsError, NetError, runtime::TokioRuntimeProvider},
    proto::{
        op::ResponseCode,
        rr::{Name, RData, Record, RecordType},
    },
};
use http::Uri;

use super::{Discovery, MAX_INSTANCES, Pending};
use crate::{
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
    },
    transport::instance::Instance,
};

/// Shortest time between two resolutions, for TTLs below it. DNS counts in seconds, and a TTL of zero ("do not keep")
/// must not turn into a storm of questions.
pub const ASK_AGAIN_MIN: Duration = Duration::from_secs(1);

/// Longest time between two resolutions, for TTLs above it: a new instance is in use, and a removed one out of it,
/// within a minute, however carelessly the TTL was set.
pub const ASK_AGAIN_MAX: Duration = Duration::from_secs(60);

/// Targets of one SRV record set that are looked up at a time: enough to be quick, few enough not to flood a name
/// server.
const CONCURRENT_TARGETS: usize = 16;

/// Settings of the questions to DNS, each with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DnsConfig {
    /// Name servers to ask, over UDP, and TCP for what does not fit; none for those of the operating system.
    pub name_servers: Vec<SocketAddr>,
    /// Longest wait for one answer; each question is sent twice, since UDP loses some. A name server nearby answers
    /// within milliseconds, one that has to ask others within a second.
    pub timeout: Duration,
    /// Asks for no AAAA records, for hosts that have IPv6 in DNS and no route to it, and for name servers that do not
    /// answer such questions.
    pub ipv4_only: bool,
}

impl Default for DnsConfig {
    fn default() -> Self {
        Self { name_servers: Vec::new(), timeout: Duration::from_secs(2), ipv4_only: false }
    }
}

/// A name that DNS turns into instances.
pub struct Dns {
    url: Url,
    question: Question,
    config: DnsConfig,
    resolver: TokioResolver,
    /// How long the last answer holds.
    holds: Mutex<Duration>,
}

/// The configured URL, and the parts of it that a port of DNS is put between.
struct Url {
    whole: Instance,
    host: String,
    port: Option<u16>,
    path: String,
}

enum Question {
    /// A and AAAA of the URL's host.
    Addresses(Name),
    /// SRV of this name, then A and AAAA of its targets.
    Services(Name),
}

/// What a name server said to one question.
struct Answer {
    /// The records, the aliases on the way to them included, whose TTL counts too.
    records: Vec<Record>,
    /// False when there is no such name, for any kind of record.
    exists: bool,
}

impl Dns {
    /// One instance per address of the host in `url`, such as `http://orders.internal:40004`.
    ///
    /// # Errors
    /// When the URL is none, its host is an address, or the system names no name server.
    pub fn addresses(url: &str, config: DnsConfig) -> Result<Self> {
        let url = Url::parse(url)?;
        if url.host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
            return Err(Error::configuration(format!(
                "{} is an address, which DNS cannot turn into instances; list the instance as it is",
                url.host
            )));
        }
        let name = absolute(&url.host)?;
        Self::new(url, Question::Addresses(name), config)
    }

    /// One instance per address and port of the SRV records of `record`, such as `_http._tcp.orders.internal` or
    /// `orders.service.consul`, in the most preferred priority class. `url` says the rest, such as
    /// `https://orders.internal`: scheme, path, and the name that TLS and `Host` use.
    ///
    /// # Errors
    /// When the URL is none or has a port, the record's name is none, or the system names no name server.
    pub fn services(url: &str, record: &str, config: DnsConfig) -> Result<Self> {
        let url = Url::parse(url)?;
        if let Some(port) = url.port {
            return Err(Error::configuration(format!(
                "the URL of the services at {record} must not hold a port, as {port}; the SRV records say it"
            )));
        }
        let name = absolute(record)?;
        Self::new(url, Question::Services(name), config)
    }

    fn new(url: Url, question: Question, config: DnsConfig) -> Result<Self> {
        let resolver = resolver(&config).map_err(|error| {
            Error::configuration(format!("no questions to DNS: {error}; name the name servers in `DnsConfig`"))
                .with_source(error)
        })?;
        Ok(Self { url, question, config, resolver, holds: Mutex::new(ASK_AGAIN_MIN) })
    }
}

impl fmt::Debug for Dns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, name) = match &self.question {
            Question::Addresses(name) => ("addresses", name),
            Question::Services(name) => ("services", name),
        };
        f.debug_struct("Dns").field(kind, &name.to_utf8()).field("config", &self.config).finish_non_exhaustive()
    }
}

// === impl Discovery ===

impl Discovery for Dns {
    fn resolve(&self) -> Pending<'_, Result<Vec<Instance>>> {
        Box::pin(async {
            let (instances, ttl) = match &self.question {
                Question::Addresses(name) => self.hosts(name).await?,
                Question::Services(name) => self.targets(name).await?,
            };
            let holds = ttl.clamp(ASK_AGAIN_MIN, ASK_AGAIN_MAX);
            *self.holds.lock().unwrap_or_else(PoisonError::into_inner) = holds;
            Ok(instances)
        })
    }

    fn changed(&self) -> Pending<'_, ()> {
        let holds = *self.holds.lock().unwrap_or_else(PoisonError::into_inner);
        Box::pin(tokio::time::sleep(holds))
    }
}

impl Dns {
    /// The instances at the addresses of `name`, and how long they hold.
    async fn hosts(&self, name: &Name) -> Result<(Vec<Instance>, Duration)> {
        let answer = self.ask_addresses(name).await?;
        let port = self.url.port.unwrap_or(if self.url.whole.is_secure() { 443 } else { 80 });
        let addresses: BTreeSet<IpAddr> = answer.addresses().collect();
        if addresses.is_empty() {
            return Err(answer.nothing(name, "A or AAAA"));
        }
        let pin = |address| self.url.whole.clone().at(SocketAddr::new(address, port));
        Ok((addresses.into_iter().map(pin).collect(), answer.ttl()))
    }

    /// The instances at the targets of `name`, and how long they hold.
    async fn targets(&self, name: &Name) -> Result<(Vec<Instance>, Duration)> {
        let services = self.ask(name, RecordType::SRV).await?;
        let targets = services.preferred();
        if targets.is_empty() {
            return Err(services.nothing(name, "SRV"));
        }
        let bound = |count: usize| if count > MAX_INSTANCES { Err(flood(name)) } else { Ok(()) };
        bound(targets.len())?;
        let mut hosts = stream::iter(targets)
            .map(|(target, port)| async move { self.ask_addresses(&target).await.map(|answer| (answer, port)) })
            .buffer_unordered(CONCURRENT_TARGETS);
        let (mut sockets, mut ttl) = (BTreeSet::new(), services.ttl());
        while let Some((answer, port)) = hosts.try_next().await? {
            sockets.extend(answer.addresses().map(|address| SocketAddr::new(address, port)));
            ttl = answer.shorter(ttl);
            bound(sockets.len())?;
        }
        if sockets.is_empty() {
            let name = plain(name);
            return Err(unresolved(format!(
                "no target of the SRV records of `{name}` has an address; look at its zone"
            )));
        }
        let instances: Result<_> = sockets.into_iter().map(|socket| self.url.on(socket)).collect();
        Ok((instances?, ttl))
    }

    /// Both families, or an error: one of them alone would be half a set.
    async fn ask_addresses(&self, name: &Name) -> Result<Answer> {
        if self.config.ipv4_only {
            return self.ask(name, RecordType::A).await;
        }
        let (v4, v6) = join(self.ask(name, RecordType::A), self.ask(name, RecordType::AAAA)).await;
        let (mut both, v6) = (v4?, v6?);
        both.records.extend(v6.records);
        both.exists |= v6.exists;
        Ok(both)
    }

    async fn ask(&self, name: &Name, kind: RecordType) -> Result<Answer> {
        match self.resolver.lookup(name.clone(), kind).await {
            Ok(lookup) => Ok(Answer { records: lookup.answers().to_vec(), exists: true }),
            Err(error) if error.is_no_records_found() => {
                Ok(Answer { records: Vec::new(), exists: !error.is_nx_domain() })
            }
            Err(error) => Err(self.failure(name, kind, error)),
        }
    }

    fn failure(&self, name: &Name, kind: RecordType, error: NetError) -> Error {
        let servers = match self.config.name_servers.as_slice() {
            [] => "the system's name servers".to_owned(),
            some => format!("the name servers {}", some.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
        };
        let why = match &error {
            NetError::Timeout => format!("{servers} did not answer; check that they can be reached"),
            NetError::Dns(DnsError::ResponseCode(ResponseCode::ServFail)) => {
                format!("{servers} failed (SERVFAIL); look at the zone and whom they ask for it")
            }
            NetError::Dns(DnsError::ResponseCode(ResponseCode::Refused)) => {
                format!("{servers} refuse to answer us (REFUSED); allow this host there, or name others")
            }
            other => format!("{servers}: {other}; check that they can be reached"),
        };
        let name = plain(name);
        unresolved(format!("the {kind} records of `{name}` are not known: {why}")).with_source(error)
    }
}

// === impl Answer ===

impl Answer {
    fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.records.iter().filter_map(|record| record.data.ip_addr())
    }

    /// Targets and ports of the lowest priority number, each once; those of the others wait until these are gone. The
    /// root as a target says that there is no such service (RFC 2782).
    fn preferred(&self) -> BTreeSet<(Name, u16)> {
        let services = || {
            self.records.iter().filter_map(|record| match &record.data {
                RData::SRV(service) if !service.target.is_root() => Some(service),
                _ => None,
            })
        };
        let best = services().map(|service| service.priority).min();
        let preferred = services().filter(|service| Some(service.priority) == best);
        preferred.map(|service| (service.target.clone(), service.port)).collect()
    }

    /// The shortest TTL on the way.
    fn ttl(&self) -> Duration {
        self.shorter(Duration::MAX)
    }

    /// The shortest TTL on the way, or `other` if that is shorter.
    fn shorter(&self, other: Duration) -> Duration {
        let seconds = self.records.iter().map(|record| Duration::from_secs(record.ttl.into()));
        seconds.fold(other, Duration::min)
    }

    fn nothing(&self, name: &Name, kinds: &str) -> Error {
        let name = plain(name);
        unresolved(if self.exists {
            format!("`{name}` has no {kinds} records; register the service, or ask for what it has")
        } else {
            format!(
                "there is no `{name}` (NXDOMAIN); check the spelling and give the full name, or register the service"
            )
        })
    }
}

// === impl Url ===

impl Url {
    fn parse(url: &str) -> Result<Self> {
        let instance: Instance = url.parse()?;
        let refuse = || Error::configuration("the URL of a service must name a host, such as http://orders.internal");
        let uri: Uri = instance.base().parse().map_err(|_| refuse())?;
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(refuse)?;
        let (host, port) = (host.to_owned(), uri.port_u16());
        let path = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { whole: instance, host, port, path })
    }

    /// The URL with the port of `socket`, at that address.
    fn on(&self, socket: SocketAddr) -> Result<Instance> {
        let scheme = if self.whole.is_secure() { "https" } else { "http" };
        let url = format!("{scheme}://{}:{}{}", self.host, socket.port(), self.path);
        url.parse().map(|instance: Instance| instance.at(socket))
    }
}

// === asking ===

fn resolver(config: &DnsConfig) -> Result<TokioResolver, NetError> {
    let mut builder = if config.name_servers.is_empty() {
        TokioResolver::builder_tokio()?
    } else {
        let servers = config.name_servers.iter().map(name_server).collect();
        TokioResolver::builder_with_config(ResolverConfig::from_name_servers(servers), TokioRuntimeProvider::default())
    };
    let options = builder.options_mut();
    options.timeout = config.timeout;
    options.attempts = 1; // beside the first
    options.cache_size = 0; // when to ask again is decided here, and a cache would answer with what is already known
    options.use_hosts_file = ResolveHosts::Never;
    builder.build()
}

fn name_server(address: &SocketAddr) -> NameServerConfig {
    let mut server = NameServerConfig::udp_and_tcp(address.ip());
    for connection in &mut server.connections {
        connection.port = address.port();
    }
    server
}

/// The name as it stands, without search domains.
fn absolute(text: &str) -> Result<Name> {
    let mut name = Name::from_utf8(text)
        .map_err(|error| Error::configuration(format!("`{text}` is no name that DNS could know: {error}")))?;
    name.set_fqdn(true);
    Ok(name)
}

/// The name without the dot of the root, as people write it.
fn plain(name: &Name) -> String {
    name.to_utf8().trim_end_matches('.').to_owned()
}

fn flood(name: &Name) -> Error {
    let name = plain(name);
    unresolved(format!("the SRV records of `{name}` lead to more than {MAX_INSTANCES} instances; look at its zone"))
}

fn unresolved(why: String) -> Error {
    Error::new(ErrorKind::Unreachable, Certainty::NotSent, why)
}
