//! The binary `payments`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    payment_services::cli::run().await
}
