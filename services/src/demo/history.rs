//! What the demo's client has sent and what it was answered, a line each, in the folder of the run: the one book that no
//! service writes, so that `payments check` can hold the services to their word.
//!
//! A line is written before the call leaves and another when its answer is there. Neither is synced: it survives the end of
//! the process, and nobody pays for it with time.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
    sync::{Mutex, PoisonError},
};

use payment_clients::{
    apis::{
        ids::MerchantId,
        payment_gateway::{CreatePayment, Payment, payment_api},
    },
    contract::error::{Error, Result},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The file in the run's folder.
pub const FILE: &str = "history.jsonl";

/// A history that is being written.
#[derive(Debug)]
pub struct History(Mutex<File>);

/// A line of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Who asked.
    pub merchant: MerchantId,
    /// Under which key; it is the merchant's order number, too.
    pub key: String,
    /// What was asked for.
    pub operation: String,
    /// What was answered; absent where the request leaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// The payment that it names; empty for a refusal.
    pub effect: String,
    /// Equal for equal answers; empty for a refusal.
    pub body: String,
}

// === impl History ===

impl History {
    /// Goes on with the history of a run, or begins it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn open(dir: &Path) -> Result<Self> {
        let path = dir.join(FILE);
        let opened = OpenOptions::new().create(true).append(true).open(&path);
        let begun = opened.and_then(|mut file| {
            // A line that a crash has cut off ends here; readers pass over it.
            if file.metadata()?.len() > 0 {
                file.write_all(b"\n")?;
            }
            Ok(file)
        });
        begun.map(|file| Self(Mutex::new(file))).map_err(|cause| failed(&path, cause))
    }

    /// A payment is about to be asked for.
    ///
    /// # Errors
    /// When that cannot be written down; it must not be asked for then.
    pub fn sent(&self, payment: &CreatePayment) -> Result<()> {
        self.write(payment, None).map_err(|cause| failed(Path::new(FILE), cause))
    }

    /// It was answered, unless nobody did.
    pub fn answered(&self, payment: &CreatePayment, answer: &Result<Payment>) {
        let answer = match answer {
            Ok(paid) => {
                let body = serde_json::to_vec(paid).unwrap_or_default();
                let body = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
                Answer { status: 200, effect: paid.payment_no.to_string(), body }
            }
            Err(error) => match error.status() {
                Some(status) => Answer { status: status.as_u16(), effect: String::new(), body: String::new() },
                None => return,
            },
        };
        if let Err(error) = self.write(payment, Some(answer)) {
            // The answer counts all the same; the check only knows less.
            tracing::warn!(%error, key = %payment.order_no, "an answer is missing in the history");
        }
    }

    fn write(&self, payment: &CreatePayment, answer: Option<Answer>) -> io::Result<()> {
        let (merchant, key) = (payment.merchant_id, payment.order_no.to_string());
        let operation = payment_api::CREATE_PAYMENT.name.to_owned();
        let mut line = serde_json::to_vec(&Line { merchant, key, operation, answer })?;
        line.push(b'\n');
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line)
    }
}

fn failed(path: &Path, cause: io::Error) -> Error {
    Error::configuration(format!("{}: {cause}", path.display())).with_source(cause)
}
