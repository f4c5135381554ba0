//! A database whose statements may be written another way: where a mistake is made on purpose, all of them pass here.

use payment_clients::contract::error::Error;

use super::{
    dialect::Dialect,
    engine::{Connection, Database, Fault, Show},
    value::Value,
};
use crate::mutants::{self, Mutant};

/// A database whose statements may be written another way.
pub(super) struct Mistaken(pub(super) Box<dyn Database>);

impl Database for Mistaken {
    fn writer(&self) -> Result<Box<dyn Connection>, Error> {
        Ok(Box::new(MistakenConnection(self.0.writer()?)))
    }

    fn reader(&self) -> Result<Box<dyn Connection>, Error> {
        self.0.reader()
    }

    fn most_readers(&self) -> usize {
        self.0.most_readers()
    }

    fn is_remote(&self) -> bool {
        self.0.is_remote()
    }

    fn place(&self) -> String {
        self.0.place()
    }
}

struct MistakenConnection(Box<dyn Connection>);

impl Connection for MistakenConnection {
    fn dialect(&self) -> &'static Dialect {
        self.0.dialect()
    }

    fn most_units(&self) -> usize {
        self.0.most_units()
    }

    fn query(&self, sql: &'static str, args: &[Value<'_>], show: &mut Show<'_>) -> Result<(), Fault> {
        self.0.query(mutants::written(sql), args, show)
    }

    fn execute(&self, sql: &'static str, args: &[Value<'_>]) -> Result<u64, Fault> {
        if mutants::is_on(Mutant::OutboxAfterCommit) && sql.starts_with("INSERT INTO outbox(") {
            return Ok(1);
        }
        self.0.execute(mutants::written(sql), args)
    }

    fn batch(&self, sql: &str) -> Result<(), Fault> {
        self.0.batch(&mutants::rewritten(sql))
    }

    fn begin(&self) -> Result<(), Fault> {
        self.0.begin()
    }

    fn keep(&self) -> Result<(), Fault> {
        self.0.keep()
    }

    fn undo(&self) -> Result<(), Fault> {
        if mutants::is_on(Mutant::NoTransaction) { self.0.keep() } else { self.0.undo() }
    }

    fn commit(&self) -> Result<(), Fault> {
        self.0.commit()
    }

    fn look(&self) -> Result<(), Fault> {
        self.0.look()
    }

    fn rollback(&self) -> Result<(), Fault> {
        self.0.rollback()
    }

    fn close(self: Box<Self>) -> Result<(), Fault> {
        self.0.close()
    }
}
