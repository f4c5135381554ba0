//! One connection, its prepared statements, and the lock of its store. A connection that was lost is made anew when the
//! next transaction begins; what had begun on it is lost with it.

use std::{cell::RefCell, collections::HashMap, error::Error as _};

use bytes::BytesMut;
use futures_util::future::{join, join_all};
use payment_clients::contract::error::Error;
use tokio_postgres::{
    Client, Row, Statement,
    error::Severity,
    types::{FromSql, IsNull, ToSql, Type, to_sql_checked},
};

use super::{Link, Schema, passes, words};
use crate::kit::store::{
    dialect::{self, Dialect},
    engine::{Columns, Connection, Fault, FaultKind, Show},
    sql::miscounted,
    value::{Kind, Value},
};

/// The first number of every advisory lock of ours, so that they meet no other program's: "pays" in ASCII.
pub(super) const LOCKS: i32 = 0x7061_7973;

/// Keeps what a unit has done, and begins the next.
const NEXT: &str = "RELEASE unit; SAVEPOINT unit";
/// Begins to read one state.
const LOOK: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// One connection to a schema.
pub(super) struct Session {
    schema: Schema,
    live: RefCell<Live>,
}

/// What is lost with a connection.
struct Live {
    /// None when it was lost.
    link: Option<Link>,
    statements: HashMap<&'static str, Statement>,
    /// How a writing transaction begins.
    begin: String,
    /// What goes ahead of the next statement, in the same round trip.
    ahead: Option<&'static str>,
}

// === impl Live ===

impl Live {
    fn new(schema: &Schema, link: Link) -> Result<Self, Error> {
        let number = schema.number(&link)?.cast_signed();
        let begin = format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({LOCKS}, {number}); SAVEPOINT unit"
        );
        Ok(Self { link: Some(link), statements: HashMap::new(), begin, ahead: None })
    }

    fn wait<T>(&mut self, work: impl AsyncFnOnce(&Client) -> Result<T, tokio_postgres::Error>) -> Result<T, Fault> {
        let link = self.link.as_ref().ok_or_else(|| Fault::passing("the connection was lost"))?;
        let error = match link.wait(work) {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        let lost = link.is_closed() || is_lost(&error);
        if lost {
            self.leave();
        }
        Err(Fault { cause: words(&error), kind: kind_of(&error, lost) })
    }

    fn leave(&mut self) {
        if let Some(link) = self.link.take() {
            link.leave();
        }
    }

    /// Runs statements without arguments, after what goes ahead of them.
    fn run(&mut self, sql: &str) -> Result<(), Fault> {
        match self.ahead.take() {
            Some(ahead) => self.wait(async |client| client.batch_execute(&format!("{ahead}; {sql}")).await),
            None => self.wait(async |client| client.batch_execute(sql).await),
        }
    }

    fn query(&mut self, sql: &'static str, args: &[Value<'_>]) -> Result<Vec<Row>, Fault> {
        let statement = self.prepare(sql, args)?;
        let ahead = self.ahead.take();
        self.wait(async |client| {
            let arguments = parameters(args);
            after(client, ahead, client.query(&statement, &arguments)).await
        })
    }

    fn execute(&mut self, sql: &'static str, args: &[Value<'_>]) -> Result<u64, Fault> {
        let statement = self.prepare(sql, args)?;
        let ahead = self.ahead.take();
        self.wait(async |client| {
            let arguments = parameters(args);
            after(client, ahead, client.execute(&statement, &arguments)).await
        })
    }

    /// Sends all of them at once; the server takes them one after another, and none after one that failed.
    fn execute_all(&mut self, statements: &[(&'static str, Vec<Value<'_>>)]) -> Result<(), (usize, Fault)> {
        let mut prepared = Vec::with_capacity(statements.len());
        for (place, (sql, args)) in statements.iter().enumerate() {
            prepared.push((self.prepare(sql, args).map_err(|fault| (place, fault))?, parameters(args)));
        }
        let ahead = self.ahead.take();
        let mut failed = 0;
        let done = self.wait(async |client| {
            let each = prepared.iter().map(|(statement, arguments)| client.execute(statement, arguments));
            let sent = async { Ok(join_all(each).await) };
            let answers = after(client, ahead, sent).await?;
            for (place, answer) in answers.into_iter().enumerate() {
                failed = place;
                answer?;
            }
            Ok(())
        });
        done.map_err(|fault| (failed, fault))
    }

    /// The statement, prepared for arguments of these kinds, or taken from those that are.
    fn prepare(&mut self, sql: &'static str, args: &[Value<'_>]) -> Result<Statement, Fault> {
        if let Some(known) = self.statements.get(sql).filter(|known| fits(known, args)) {
            return Ok(known.clone());
        }
        // A statement that cannot be prepared fails its own unit, so what goes ahead has to be done before.
        if self.ahead.is_some() {
            self.run("")?;
        }
        let types: Vec<_> = args.iter().map(|value| type_of(value.kind())).collect();
        let statement = self.wait(async |client| client.prepare_typed(sql, &types).await)?;
        if !fits(&statement, args) {
            return Err(miscounted(statement.params().len(), args));
        }
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.leave();
    }
}

fn type_of(kind: Kind) -> Type {
    match kind {
        Kind::Int => Type::INT8,
        Kind::Text => Type::TEXT,
    }
}

fn fits(statement: &Statement, args: &[Value<'_>]) -> bool {
    let types = statement.params();
    types.len() == args.len() && types.iter().zip(args).all(|(known, value)| *known == type_of(value.kind()))
}

/// True when the connection is of no use any more: the server said so, or cannot.
fn is_lost(error: &tokio_postgres::Error) -> bool {
    match error.as_db_error() {
        Some(told) => matches!(told.parsed_severity(), Some(Severity::Fatal | Severity::Panic)),
        None => error.is_closed() || error.source().is_some_and(|cause| cause.is::<std::io::Error>()),
    }
}

fn kind_of(error: &tokio_postgres::Error, lost: bool) -> FaultKind {
    match error.as_db_error() {
        Some(told) if told.code().code().starts_with("23") => FaultKind::Constraint(dialect::postgres_constraint(told)),
        Some(told) if passes(told) => FaultKind::Passing,
        _ if lost => FaultKind::Passing,
        _ => FaultKind::Lasting,
    }
}

/// Sends both at once; the server takes them one after another.
async fn after<T>(
    client: &Client,
    ahead: Option<&str>,
    statement: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, tokio_postgres::Error> {
    let Some(ahead) = ahead else { return statement.await };
    let (went, done) = join(client.batch_execute(ahead), statement).await;
    went.and(done)
}

// === impl Session ===

impl Session {
    pub(super) fn new(schema: &Schema, link: Link) -> Result<Self, Error> {
        Ok(Self { schema: schema.clone(), live: RefCell::new(Live::new(schema, link)?) })
    }

    /// Does what a transaction begins with, on a new connection when the old one turns out to be lost. Nothing has been
    /// done in it yet, so beginning twice does no harm.
    fn start<T>(&self, begin: impl Fn(&mut Live) -> Result<T, Fault>) -> Result<T, Fault> {
        let mut live = self.live.borrow_mut();
        let begun = begin(&mut live);
        if begun.is_err() && live.link.is_none() {
            let anew = self.schema.connect().and_then(|link| Live::new(&self.schema, link));
            *live = anew.map_err(|error| Fault::passing(error.to_string()))?;
            return begin(&mut live);
        }
        begun
    }
}

impl Connection for Session {
    fn dialect(&self) -> &'static Dialect {
        &dialect::POSTGRES
    }

    /// With more than 64 savepoints in a transaction, every reader beside it would look for them on disk.
    fn most_units(&self) -> usize {
        60
    }

    fn query(&self, sql: &'static str, args: &[Value<'_>], show: &mut Show<'_>) -> Result<(), Fault> {
        let begins = self.live.borrow().ahead == Some(LOOK);
        let rows = if begins {
            self.start(|live| {
                live.ahead = Some(LOOK);
                live.query(sql, args)
            })?
        } else {
            self.live.borrow_mut().query(sql, args)?
        };
        // The connection is free again: a reader of rows may ask for others.
        let _ = rows.iter().try_for_each(|row| show(row));
        Ok(())
    }

    fn execute(&self, sql: &'static str, args: &[Value<'_>]) -> Result<u64, Fault> {
        self.live.borrow_mut().execute(sql, args)
    }

    fn execute_all(&self, statements: &[(&'static str, Vec<Value<'_>>)]) -> Result<(), (usize, Fault)> {
        self.live.borrow_mut().execute_all(statements)
    }

    fn batch(&self, sql: &str) -> Result<(), Fault> {
        self.live.borrow_mut().run(sql)
    }

    fn begin(&self) -> Result<(), Fault> {
        self.start(|live| {
            live.ahead = None;
            let begin = live.begin.clone();
            live.run(&begin)
        })
    }

    fn keep(&self) -> Result<(), Fault> {
        self.live.borrow_mut().ahead = Some(NEXT);
        Ok(())
    }

    fn undo(&self) -> Result<(), Fault> {
        self.batch("ROLLBACK TO unit")
    }

    /// COMMIT would undo a failed transaction and call that well; RELEASE would fail in it first.
    fn commit(&self) -> Result<(), Fault> {
        self.batch("RELEASE unit; COMMIT")
    }

    fn look(&self) -> Result<(), Fault> {
        self.live.borrow_mut().ahead = Some(LOOK);
        Ok(())
    }

    fn rollback(&self) -> Result<(), Fault> {
        let mut live = self.live.borrow_mut();
        match live.ahead.take() {
            // The transaction was never begun.
            Some(LOOK) => Ok(()),
            _ => live.run("ROLLBACK"),
        }
    }

    /// Everything is committed already.
    fn close(self: Box<Self>) -> Result<(), Fault> {
        Ok(())
    }
}

// === values ===

fn parameters<'a>(args: &'a [Value<'_>]) -> Vec<&'a (dyn ToSql + Sync)> {
    args.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null(_) => Ok(IsNull::Yes),
            Self::Int(number) => number.to_sql(ty, out),
            Self::Text(text) => text.to_sql(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        [Type::INT8, Type::TEXT].contains(ty)
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(match *ty {
            Type::BOOL => Self::Int(bool::from_sql(ty, raw)?.into()),
            Type::INT2 => Self::Int(i16::from_sql(ty, raw)?.into()),
            Type::INT4 => Self::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT8 => Self::Int(i64::from_sql(ty, raw)?),
            _ => Self::Text(<&str>::from_sql(ty, raw)?),
        })
    }

    fn from_sql_null(ty: &Type) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self::Null(if <&str as FromSql<'_>>::accepts(ty) { Kind::Text } else { Kind::Int }))
    }

    fn accepts(ty: &Type) -> bool {
        [Type::BOOL, Type::INT2, Type::INT4, Type::INT8].contains(ty) || <&str as FromSql<'_>>::accepts(ty)
    }
}

impl Columns for Row {
    fn value(&self, position: usize) -> Result<Value<'_>, String> {
        let column = self.columns().get(position).ok_or("no such column")?;
        match *column.type_() {
            Type::NUMERIC | Type::FLOAT4 | Type::FLOAT8 => {
                Err(format!("{}, a fraction, which no column of ours may hold; CAST a sum AS BIGINT", column.type_()))
            }
            _ => self
                .try_get(position)
                .map_err(|error| error.source().map_or_else(|| error.to_string(), ToString::to_string)),
        }
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.columns().iter().position(|column| column.name().eq_ignore_ascii_case(name))
    }
}
