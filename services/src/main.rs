//! The binary `payments`.

use std::process::ExitCode;

use mimalloc::MiMalloc;

// A payment is some thousand small allocations: see docs/throughput.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    payment_services::cli::run().await
}
