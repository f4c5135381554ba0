//! A name server on a loopback socket, whose replies a test decides.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use hickory_resolver::proto::{
    op::{Message, OpCode, ResponseCode},
    rr::{
        Name, RData, Record, RecordType,
        rdata::{A, AAAA, SRV},
    },
};
use payment_clients::transport::discovery::dns::DnsConfig;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, UdpSocket},
};

/// What the name server does with one question.
pub enum Reply {
    /// Answers with these records, which hold for so many seconds.
    Records(u32, Vec<RData>),
    /// Answers with this code and no records.
    Code(ResponseCode),
    /// Does not answer.
    Silence,
}

pub use Reply::{Code, Records, Silence};

pub const EMPTY: Reply = Code(ResponseCode::NoError);
pub const NO_SUCH_NAME: Reply = Code(ResponseCode::NXDomain);

type Zone = Arc<Mutex<dyn FnMut(&str, RecordType) -> Reply + Send>>;

/// Starts a name server, over UDP and TCP, that replies as `zone` does.
pub async fn serve(zone: impl FnMut(&str, RecordType) -> Reply + Send + 'static) -> DnsConfig {
    let zone: Zone = Arc::new(Mutex::new(zone));
    let (udp, tcp) = loop {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        if let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()).await {
            break (udp, tcp);
        }
    };
    let address = udp.local_addr().unwrap();
    tokio::spawn(serve_udp(udp, Arc::clone(&zone)));
    tokio::spawn(serve_tcp(tcp, zone));
    let mut config = DnsConfig::default();
    config.name_servers = vec![address];
    // On the loopback nothing is lost; a busy machine can still be late.
    config.timeout = Duration::from_secs(10);
    config
}

async fn serve_udp(socket: UdpSocket, zone: Zone) {
    /// What a UDP answer may hold without being fragmented, the default of name servers since 2020.
    const UDP_LIMIT: usize = 1232;
    let mut buffer = [0; 4096];
    loop {
        let (length, client) = socket.recv_from(&mut buffer).await.unwrap();
        let Some(mut reply) = answer(&buffer[..length], &zone) else { continue };
        let mut bytes = reply.to_vec().unwrap();
        if bytes.len() > UDP_LIMIT {
            reply.answers.clear();
            reply.metadata.truncation = true;
            bytes = reply.to_vec().unwrap();
        }
        socket.send_to(&bytes, client).await.unwrap();
    }
}

async fn serve_tcp(listener: TcpListener, zone: Zone) {
    loop {
        let (mut socket, _) = listener.accept().await.unwrap();
        while let Ok(length) = socket.read_u16().await {
            let mut question = vec![0; length.into()];
            socket.read_exact(&mut question).await.unwrap();
            let reply = answer(&question, &zone).unwrap().to_vec().unwrap();
            socket.write_u16(reply.len().try_into().unwrap()).await.unwrap();
            socket.write_all(&reply).await.unwrap();
        }
    }
}

fn answer(question: &[u8], zone: &Zone) -> Option<Message> {
    let question = Message::from_vec(question).unwrap();
    let query = question.queries[0].clone();
    let name = query.name().to_utf8();
    let mut reply = Message::response(question.metadata.id, OpCode::Query);
    match (zone.lock().unwrap())(name.trim_end_matches('.'), query.query_type()) {
        Silence => return None,
        Code(code) => reply.metadata.response_code = code,
        Records(ttl, records) => {
            reply.add_answers(records.into_iter().map(|data| Record::from_rdata(query.name().clone(), ttl, data)));
        }
    }
    reply.add_query(query);
    Some(reply)
}

pub fn addresses(texts: &[&str]) -> Vec<RData> {
    let record = |text: &&str| match text.parse().unwrap() {
        IpAddr::V4(address) => RData::A(A(address)),
        IpAddr::V6(address) => RData::AAAA(AAAA(address)),
    };
    texts.iter().map(record).collect()
}

pub fn service(priority: u16, target: &str, port: u16) -> RData {
    RData::SRV(SRV::new(priority, 1, port, Name::from_utf8(target).unwrap()))
}

/// How long the usual records hold: so long that only a leap of time makes the code ask again.
pub const TTL: Duration = Duration::from_secs(60);

/// The addresses `10.0.0.x` of a name.
pub fn hosts(last: &[u8]) -> Reply {
    Records(60, last.iter().map(|last| RData::A(A::new(10, 0, 0, *last))).collect())
}
