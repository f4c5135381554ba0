//! `payments redrive`: the events that a service could not take, listed, or put back so that it takes them at its next
//! start.

use std::{io, process::ExitCode};

use clap::Args;
use payment_clients::contract::{
    error::{Error, Result},
    secret::Secret,
};

use super::{
    look::{ATTENTION, age},
    say,
};
use crate::{
    check::books::Books,
    kit::{
        clock::Clock,
        inbox::{self, DeadLetter},
        store::{Store, Tx},
    },
};

/// Arguments of the command.
#[derive(Args)]
pub(super) struct Redrive {
    /// Folder of the stores, or postgres://user:password@host:port/database.
    #[arg(value_name = "DIR|URL", env = "PAYMENTS_STORE", hide_env_values = true, default_value = ".payments")]
    stores: Secret<String>,
    /// Only what this service could not take, such as accounting.
    #[arg(long)]
    service: Option<String>,
    /// Put this event back.
    #[arg(long, value_name = "ID", requires = "service", conflicts_with = "all")]
    event: Option<String>,
    /// Put all of them back.
    #[arg(long)]
    all: bool,
}

/// A letter where it lies.
struct Found {
    store: &'static str,
    consumer: String,
    letter: DeadLetter,
}

// === impl Redrive ===

impl Redrive {
    /// Lists the dead letters, or puts back those that are named; 2 when one is left that is not put back.
    pub(super) async fn run(&self) -> Result<ExitCode> {
        let books = Books::open(&self.stores.expose().parse()?)?;
        let found = self.found(&books)?;
        let left = if self.all || self.event.is_some() { put_back(&books, found).await? } else { list(&books, &found) };
        Ok(if left == 0 { ExitCode::SUCCESS } else { ATTENTION.into() })
    }

    /// The open letters that the arguments name.
    fn found(&self, books: &Books) -> Result<Vec<Found>> {
        if let Some(service) = &self.service {
            books.book(service)?;
        }
        let mut found = Vec::new();
        for store in books.names().filter(|name| self.service.as_ref().is_none_or(|service| service == name)) {
            let letters = books.read(store, inbox::all_letters)?.into_iter();
            let named = letters.filter(|(_, letter)| self.event.as_ref().is_none_or(|id| *id == letter.event_id));
            found.extend(named.map(|(consumer, letter)| Found { store, consumer, letter }));
        }
        match (&self.event, &self.service) {
            (Some(id), Some(service)) if found.is_empty() => {
                let text =
                    format!("{service} has no open dead letter {id}; `payments redrive` without --event lists them");
                Err(Error::configuration(text))
            }
            _ => Ok(found),
        }
    }
}

/// Prints the letters, and returns how many are not put back.
fn list(books: &Books, found: &[Found]) -> usize {
    let now = Clock::system().now();
    for Found { store, letter, .. } in found {
        let DeadLetter { event_id, topic, attempts, error, at, .. } = letter;
        let state = if letter.is_put_back() { "put back".to_owned() } else { format!("tried {attempts} times") };
        let age = age(*at, now);
        say(&mut io::stdout(), format_args!("{store}: {event_id} of {topic}, {state}, dead for {age}: {error}"));
    }
    say(&mut io::stdout(), format_args!("{} dead letters in {}", found.len(), books.stores()));
    found.iter().filter(|found| !found.letter.is_put_back()).count()
}

/// Puts the letters back, and returns how many stay because they hold no event.
async fn put_back(books: &Books, found: Vec<Found>) -> Result<usize> {
    let mut left = 0;
    for of_store in found.chunk_by(|one, next| one.store == next.store) {
        let Some(Found { store, .. }) = of_store.first() else { continue };
        let opened = books.open_store(store)?;
        for Found { consumer, letter, .. } in of_store {
            let id = &letter.event_id;
            match put_one_back(&opened, consumer, letter).await {
                Ok(()) => {
                    say(&mut io::stdout(), format_args!("{store}: {id} is put back, and taken at the next start"));
                }
                Err(error) => {
                    left += 1;
                    say(&mut io::stdout(), format_args!("{store}: {id} stays: {error}"));
                }
            }
        }
        opened.close().await?;
    }
    Ok(left)
}

async fn put_one_back(store: &Store, consumer: &str, letter: &DeadLetter) -> Result<()> {
    let (consumer, letter) = (consumer.to_owned(), letter.clone());
    store.write(move |tx: &mut Tx<'_>| inbox::put_back(tx, &consumer, &letter)).await
}
