//! The plain loops: the ledger's statements on a connection of their own, without its checks, its savepoints, its queue and
//! its hashes.

use payment_clients::contract::money::Currency;
use payment_services::accounting::ledger::Journal;

use super::{NOW, Outcome};

/// One connection to the ledger's tables.
pub trait Bare {
    /// Begins a transaction.
    fn begin(&mut self) -> Outcome<()>;
    /// Moves the amount, and writes the journal and its transfer.
    fn book(&mut self, entry: &Entry<'_>) -> Outcome<()>;
    /// Makes it durable.
    fn commit(&mut self) -> Outcome<()>;
}

/// What the statements need of a journal of one leg.
pub struct Entry<'a> {
    id: &'a str,
    kind: &'static str,
    reference: &'a str,
    debit: &'a str,
    credit: &'a str,
    currency: Currency,
    amount: i64,
}

/// Both accounts as the first statement has left them: id, version, and the number of the last transfer.
type Moved = Vec<(String, i64, i64)>;

/// Stands for the hashes, which nobody computes here.
const HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

impl<'a> Entry<'a> {
    /// The journal in the words of the tables.
    pub fn of(journal: &'a Journal) -> Outcome<Self> {
        let leg = journal.legs().first().ok_or("a journal without legs")?;
        Ok(Self {
            id: journal.id(),
            kind: journal.kind().as_str(),
            reference: journal.reference(),
            debit: leg.debit().id(),
            credit: leg.credit().id(),
            currency: leg.debit().currency(),
            amount: leg.amount(),
        })
    }

    /// The versions of the debit and the credit account, and the number of the transfer.
    fn after(&self, moved: &Moved) -> Outcome<(i64, i64, i64)> {
        let version = |id: &str| moved.iter().find(|(moved, ..)| moved == id).map(|(_, version, _)| *version);
        let seq = moved.first().map(|(.., last)| last + 1).ok_or("nothing has moved")?;
        Ok((version(self.debit).ok_or("no debit")?, version(self.credit).ok_or("no credit")?, seq))
    }
}

pub mod sqlite {
    //! The loop on SQLite.

    use payment_services::accounting::ledger::{INSERT_JOURNAL, INSERT_TRANSFER, policy::MOVE};
    use rusqlite::{Connection, named_params, params};

    use super::{Bare, Entry, HASH, Moved, NOW, Outcome};

    impl Bare for Connection {
        fn begin(&mut self) -> Outcome<()> {
            self.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            Ok(())
        }

        fn book(&mut self, entry: &Entry<'_>) -> Outcome<()> {
            let Entry { id, kind, reference, debit, credit, currency, amount } = entry;
            let mut moving = self.prepare_cached(MOVE)?;
            let accounts = named_params! {
                "$1": debit, "$2": credit, "$3": amount, "$4": 0_i64, "$5": NOW, "$6": id, "$7": 0_i64,
            };
            let moved = moving.query_map(accounts, |row| Ok((row.get(0)?, row.get(1)?, row.get(3)?)))?;
            let (dv, cv, seq) = entry.after(&moved.collect::<Result<Moved, _>>()?)?;
            self.prepare_cached(INSERT_JOURNAL)?.execute(params![id, kind, reference, HASH, NOW])?;
            self.prepare_cached(INSERT_TRANSFER)?.execute(params![
                seq,
                id,
                0_i64,
                "single",
                None::<i64>,
                debit,
                credit,
                currency.as_str(),
                amount,
                dv,
                cv,
                NOW,
                HASH,
                HASH
            ])?;
            Ok(())
        }

        fn commit(&mut self) -> Outcome<()> {
            self.prepare_cached("COMMIT")?.execute([])?;
            Ok(())
        }
    }
}

#[cfg(feature = "postgres")]
pub mod postgres {
    //! The loop on PostgreSQL.

    use payment_services::accounting::ledger::{INSERT_JOURNAL, INSERT_TRANSFER, policy::MOVE};
    use postgres::{Client, NoTls, Statement, types::Type};

    use super::{Bare, Entry, HASH, Moved, NOW, Outcome};

    /// A connection and the statements of a journal.
    pub struct Prepared {
        client: Client,
        moving: Statement,
        journal: Statement,
        transfer: Statement,
    }

    /// A connection to the ledger's schema; committed means synced.
    pub fn open(url: &str) -> Outcome<Prepared> {
        const T: Type = Type::TEXT;
        const I: Type = Type::INT8;
        let mut client = Client::connect(url, NoTls)?;
        client.batch_execute("SET search_path = accounting; SET synchronous_commit = on")?;
        let moving = client.prepare_typed(MOVE, &[T, T, I, I, I, T, I])?;
        let journal = client.prepare_typed(INSERT_JOURNAL, &[T, T, T, T, I])?;
        let transfer = client.prepare_typed(INSERT_TRANSFER, &[I, T, I, T, I, T, T, T, I, I, I, I, T, T])?;
        Ok(Prepared { client, moving, journal, transfer })
    }

    impl Bare for Prepared {
        fn begin(&mut self) -> Outcome<()> {
            Ok(self.client.batch_execute("BEGIN")?)
        }

        fn book(&mut self, entry: &Entry<'_>) -> Outcome<()> {
            let Entry { id, kind, reference, debit, credit, currency, amount } = entry;
            let rows = self.client.query(&self.moving, &[debit, credit, amount, &0_i64, &NOW, id, &0_i64])?;
            let moved = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(3)?)));
            let (dv, cv, seq) = entry.after(&moved.collect::<Result<Moved, postgres::Error>>()?)?;
            self.client.execute(&self.journal, &[id, kind, reference, &HASH, &NOW])?;
            let (none, currency) = (None::<i64>, currency.as_str());
            self.client.execute(
                &self.transfer,
                &[&seq, id, &0_i64, &"single", &none, debit, credit, &currency, amount, &dv, &cv, &NOW, &HASH, &HASH],
            )?;
            Ok(())
        }

        fn commit(&mut self) -> Outcome<()> {
            Ok(self.client.batch_execute("COMMIT")?)
        }
    }
}
