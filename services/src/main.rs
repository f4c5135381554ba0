//! The binary `payments`.

use std::process::ExitCode;

use mimalloc::MiMalloc;

// A payment is many small allocations, in threads that pass them on.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    payment_services::cli::run().await
}
