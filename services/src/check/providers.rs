//! What the platform says it has handed to a provider of messages, against the provider's own book.

use std::collections::BTreeMap;

use payment_clients::contract::error::Result;

use super::books::Books;
use crate::kit::{invariants::Violation, store::Row};

/// Whom a message is for, and what it says.
type Message = (String, String);

/// A notification that was handed to somebody.
struct Handed {
    id: String,
    provider: String,
    /// The provider's number of it; none where nobody knows whether it was taken.
    number: Option<String>,
    message: Message,
}

/// I22: what a provider is said to have taken is in its book, as it was sent; what is in its book besides is as much as may
/// have been taken without anybody knowing.
pub(super) fn compare(books: &Books, provider: &str, book: &str) -> Result<Vec<Violation>> {
    const HANDED: &str = "SELECT id, provider, status, provider_msg_id, recipient, content FROM notifications
        WHERE status IN('sending', 'sent') ORDER BY id";
    const TAKEN: &str = "SELECT id, recipient, content FROM messages ORDER BY at, id";
    let mut taken: BTreeMap<String, Message> =
        books.rows(book, TAKEN, |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?.into_iter().collect();
    let handed = books.rows("notification", HANDED, read)?;
    let (sent, in_doubt): (Vec<_>, Vec<_>) =
        handed.into_iter().filter(|handed| handed.provider == provider).partition(|handed| handed.number.is_some());
    let mut found = Vec::new();
    for Handed { id, number, message, .. } in sent {
        let wrong = match number.and_then(|number| taken.remove(&number)) {
            None => Some(format!("was taken by {provider}, which knows nothing of it")),
            Some(kept) if kept != message => Some(format!("was taken by {provider} as another message")),
            Some(_) => None,
        };
        found.extend(wrong.map(|wrong| Violation::new("I22", format!("notification {id}"), wrong)));
    }
    let mut doubts: Vec<Message> = in_doubt.into_iter().map(|handed| handed.message).collect();
    for (number, message) in taken {
        match doubts.iter().position(|doubt| *doubt == message) {
            Some(position) => drop(doubts.swap_remove(position)),
            None => {
                let wrong = format!("was taken by {provider}, and is of no notification, or once too often");
                found.push(Violation::new("I22", format!("message {number}"), wrong));
            }
        }
    }
    Ok(found)
}

fn read(row: &Row<'_>) -> Result<Handed> {
    let is_sent = row.get::<String>(2)? == "sent";
    let number = row.get(3)?;
    let message = (row.get(4)?, row.get(5)?);
    Ok(Handed { id: row.get(0)?, provider: row.get(1)?, number: is_sent.then_some(number), message })
}
