//! `payments explain`: one payment's story, from the stores, whether their services run or not.

use std::{
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use payment_clients::contract::{
    error::{Error, Result},
    secret::Secret,
};

use super::say;
use crate::{
    kit::store::Stores,
    story::{self, Found},
};

/// Where runs are kept that were given no folder.
const RUNS: &str = ".payments";
/// How many payments `--list` shows.
const LISTED: u32 = 20;

/// Arguments of the command.
#[derive(Args)]
pub(super) struct Explain {
    /// Number of the payment, or the merchant's order number.
    #[arg(required_unless_present = "list")]
    payment: Option<String>,
    /// Folder of the stores; the newest run under .payments/ when absent.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Stores elsewhere: postgres://user:password@host:port/database.
    #[arg(long, env = "PAYMENTS_STORE", hide_env_values = true, conflicts_with = "dir")]
    store: Option<Secret<String>>,
    /// List the newest payments in place of a story.
    #[arg(long, conflicts_with = "payment")]
    list: bool,
    /// Print one JSON object on stdout and nothing else.
    #[arg(long)]
    json: bool,
}

// === impl Explain ===

impl Explain {
    /// Prints the story.
    pub(super) fn run(&self) -> Result<ExitCode> {
        let stores = self.stores()?;
        let Some(number) = &self.payment else { return list(&stores) };
        let payment_no = self.one(&stores, number)?;
        // It was there a moment ago.
        let story = story::tell(&stores, &payment_no)?.ok_or_else(|| self.nothing(&stores, number))?;
        if self.json {
            let object = serde_json::to_string(&story).map_err(Error::internal)?;
            say(&mut io::stdout(), format_args!("{object}"));
        } else {
            say(&mut io::stdout(), format_args!("{}", story.to_string().trim_end()));
        }
        Ok(ExitCode::SUCCESS)
    }

    fn stores(&self) -> Result<Stores> {
        match (&self.store, &self.dir) {
            (Some(store), _) => store.expose().parse(),
            (None, Some(dir)) => Ok(Stores::folder(dir)),
            (None, None) => newest_run(Path::new(RUNS)).map(Stores::Folder),
        }
    }

    /// The payment that is meant.
    fn one(&self, stores: &Stores, number: &str) -> Result<String> {
        let found = story::find(stores, number)?;
        // A payment's own number names no other payment.
        if let Some(own) = found.iter().find(|found| found.payment_no.as_str() == number) {
            return Ok(own.payment_no.to_string());
        }
        match &*found {
            [] => Err(self.nothing(stores, number)),
            [one] => Ok(one.payment_no.to_string()),
            several => {
                let mut text = format!("{} payments have the order number {number}; name one of them:", several.len());
                for found in several {
                    // Writing to a text does not fail.
                    let _ = write!(text, "\n  {}", line(found));
                }
                Err(Error::configuration(text))
            }
        }
    }

    fn nothing(&self, stores: &Stores, number: &str) -> Error {
        let place = match (&self.dir, stores.dir()) {
            (_, Some(dir)) => format!(" --dir {}", dir.display()),
            _ => String::new(),
        };
        Error::configuration(format!(
            "{stores} holds no payment {number}, by its own number or a merchant's; `payments explain --list{place}` lists \
             the newest"
        ))
    }
}

fn list(stores: &Stores) -> Result<ExitCode> {
    for found in story::newest(stores, LISTED)? {
        say(&mut io::stdout(), format_args!("{}", line(&found)));
    }
    Ok(ExitCode::SUCCESS)
}

fn line(found: &Found) -> String {
    let Found { payment_no, merchant_id, order_no, money, status, created_at } = found;
    format!("{payment_no}  {created_at}  {status}  {money}  order number {order_no}  merchant {merchant_id}")
}

/// The newest run: their folders are named by when they began.
fn newest_run(runs: &Path) -> Result<PathBuf> {
    let folders = fs::read_dir(runs).into_iter().flatten().flatten().map(|entry| entry.path());
    let newest = folders.filter(|path| path.join("gateway.db").exists()).max();
    newest.ok_or_else(|| {
        let text = format!(
            "there is no run under {}/; name its folder with --dir, or its database with --store",
            runs.display()
        );
        Error::configuration(text)
    })
}
