//! Connections to PostgreSQL that the server ends in the middle of what they do.

use payment_clients::contract::error::{Error, Result};
use tokio_postgres::NoTls;

use super::processes::{Program, STORE};

/// Ends every connection to the database but the own one; of stores in files there is none.
///
/// # Errors
/// When the server does not do it.
pub async fn end(program: &Program) -> Result<()> {
    const END: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let Some(url) = program.variables.get(STORE).filter(|store| store.expose().contains("://")) else { return Ok(()) };
    let failed = |cause| Error::internal(format!("the server's connections cannot be ended: {cause}"));
    let (client, connection) = tokio_postgres::connect(url.expose(), NoTls).await.map_err(failed)?;
    let connection = tokio::spawn(connection);
    client.batch_execute(END).await.map_err(failed)?;
    connection.abort();
    Ok(())
}
