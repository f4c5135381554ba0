//! A mail server by RFC 5321 on a socket of its own: it keeps the order of the commands, takes letters, and answers
//! otherwise where a test tells it to. [`somewhere`] is one of somebody else's instead, where there is one.

use std::{
    collections::{BTreeMap, VecDeque},
    fs,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

pub struct MailServer {
    pub port: u16,
    book: Arc<Book>,
    /// Where the letters are, of a server that is not ours.
    elsewhere: Option<PathBuf>,
}

#[derive(Default)]
struct Book {
    letters: Mutex<Vec<Letter>>,
    /// Every line of a client, the letters' own aside.
    commands: Mutex<Vec<String>>,
    /// What happens at a command instead, one after another.
    script: Mutex<BTreeMap<&'static str, VecDeque<Act>>>,
}

/// A letter that was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letter {
    pub from: String,
    pub to: Vec<String>,
    /// With lines as they were before dots were doubled.
    pub text: String,
}

/// What the server does instead of what it should.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    Say(&'static str),
    /// Breaks the connection.
    Cut,
    /// Answers never. Time stands still from then on, and so passes at once for whoever waits.
    Silence,
}

impl MailServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, book) = (listener.local_addr().unwrap().port(), Arc::new(Book::default()));
        let kept = Arc::clone(&book);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, Arc::clone(&kept)));
            }
        });
        Self { port, book, elsewhere: None }
    }

    /// The server that `PAYMENTS_TEST_MAIL` names, which keeps what it takes in the Maildir `PAYMENTS_TEST_MAILDIR`
    /// (`scripts/servers.sh` runs one); or else one of our own. A named one that cannot be reached fails the test.
    pub async fn somewhere() -> Self {
        let Ok(address) = std::env::var("PAYMENTS_TEST_MAIL") else { return Self::start().await };
        let address: SocketAddr = address.parse().expect("PAYMENTS_TEST_MAIL is 127.0.0.1 and a port");
        let elsewhere = std::env::var("PAYMENTS_TEST_MAILDIR").expect("PAYMENTS_TEST_MAILDIR names its Maildir").into();
        Self { port: address.port(), book: Arc::default(), elsewhere: Some(elsewhere) }
    }

    /// The next time that this command comes, the server does that: `connect`, a command, or `.` for the end of a letter.
    pub fn then(&self, command: &'static str, act: Act) {
        self.book.script.lock().unwrap().entry(command).or_default().push_back(act);
    }

    pub fn letters(&self) -> Vec<Letter> {
        if let Some(maildir) = &self.elsewhere {
            let files = fs::read_dir(maildir.join("new")).unwrap().map(|file| file.unwrap().path());
            return files.map(|file| Letter::kept(&fs::read_to_string(file).unwrap())).collect();
        }
        self.book.letters.lock().unwrap().clone()
    }

    pub fn commands(&self) -> Vec<String> {
        self.book.commands.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        self.commands().iter().filter(|line| line.starts_with("EHLO")).count()
    }
}

impl Letter {
    /// As aiosmtpd keeps it: sender and recipients are headers, too.
    fn kept(text: &str) -> Self {
        let header = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
        let to = header("X-RcptTo: ").split(", ").map(str::to_owned).collect();
        Self { from: header("X-MailFrom: "), to, text: text.to_owned() }
    }
}

/// One connection.
struct Session {
    lines: BufReader<TcpStream>,
    book: Arc<Book>,
    letter: Letter,
}

/// The connection is over, whoever ended it.
struct Over;

async fn serve(stream: TcpStream, book: Arc<Book>) {
    let mut session = Session { lines: BufReader::new(stream), book, letter: Letter::default() };
    let _ = session.run().await;
}

/// Whether the one account of this server logs in.
fn is_known(line: &str) -> bool {
    let text = line.strip_prefix("AUTH PLAIN ").and_then(|text| BASE64_STANDARD.decode(text).ok());
    text.is_some_and(|text| text == b"\0payments\0planted-password")
}

impl Session {
    async fn run(&mut self) -> Result<(), Over> {
        self.answer("connect", "220 mail.test ready").await?;
        loop {
            let line = self.line().await?;
            self.book.commands.lock().unwrap().push(line.clone());
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            let address = || line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
            match verb.as_str() {
                "EHLO" => self.answer("EHLO", "250-mail.test\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN").await?,
                "AUTH" if is_known(&line) => self.answer("AUTH", "235 welcome").await?,
                "AUTH" => self.answer("AUTH", "535 5.7.8 who are you").await?,
                "MAIL" => {
                    self.letter = Letter { from: address(), ..Letter::default() };
                    self.answer("MAIL", "250 go on").await?
                }
                "RCPT" if self.letter.from.is_empty() => self.say("503 MAIL comes first").await?,
                "RCPT" => {
                    self.letter.to.push(address());
                    self.answer("RCPT", "250 go on").await?
                }
                "DATA" if self.letter.to.is_empty() => self.say("503 RCPT comes first").await?,
                "DATA" => self.answer("DATA", "354 end it with a dot").await? && self.take().await?,
                "QUIT" => {
                    self.say("221 bye").await?;
                    return Ok(());
                }
                _ => self.say("500 what").await?,
            };
        }
    }

    async fn take(&mut self) -> Result<bool, Over> {
        loop {
            let line = self.line().await?;
            if line == "." {
                break;
            }
            self.letter.text.push_str(line.strip_prefix('.').unwrap_or(&line));
            self.letter.text.push('\n');
        }
        let letter = std::mem::take(&mut self.letter);
        let taken = self.acts(".").is_none_or(|act| !matches!(act, Act::Say(_)));
        if taken {
            self.book.letters.lock().unwrap().push(letter);
        }
        self.answer(".", "250 2.0.0 queued as 4711").await
    }

    /// Answers a command as it should, and true; or as the script has it.
    async fn answer(&mut self, command: &'static str, text: &str) -> Result<bool, Over> {
        let act = self.book.script.lock().unwrap().get_mut(command).and_then(VecDeque::pop_front);
        match act {
            None => self.say(text).await.map(|_| true),
            Some(Act::Say(other)) => self.say(other).await.map(|_| false),
            Some(Act::Cut) => Err(Over),
            Some(Act::Silence) => {
                tokio::time::pause();
                std::future::pending().await
            }
        }
    }

    /// What the script has for a command.
    fn acts(&self, command: &str) -> Option<Act> {
        self.book.script.lock().unwrap().get(command)?.front().copied()
    }

    async fn say(&mut self, text: &str) -> Result<bool, Over> {
        self.lines.get_mut().write_all(format!("{text}\r\n").as_bytes()).await.map(|()| true).map_err(|_| Over)
    }

    async fn line(&mut self) -> Result<String, Over> {
        let mut line = String::new();
        match self.lines.read_line(&mut line).await {
            Ok(1..) if line.ends_with("\r\n") => Ok(line.trim_end_matches("\r\n").to_owned()),
            _ => Err(Over),
        }
    }
}
