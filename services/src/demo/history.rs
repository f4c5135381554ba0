//! What the demo's client has sent and what it was answered, a line each, in the folder of the run: the one book that no
//! service writes, so that `payments check` can hold the services to their word.
//!
//! A line is written before the call leaves and another when its answer is there. Neither is synced: it survives the end of
//! the process, and nobody pays for it with time.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
    sync::{Mutex, PoisonError},
};

use payment_clients::{
    apis::{
        ids::MerchantId,
        payment_gateway::{CreatePayment, payment_api},
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
    /// What was asked.
    #[serde(flatten)]
    pub question: Question,
    /// What was answered; absent where the request leaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

/// What a client asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Who asks.
    pub merchant: MerchantId,
    /// Under which key; of a payment it is the merchant's order number, too.
    pub key: String,
    /// What is asked for.
    pub operation: String,
    /// The nonce of its signature, where the same one is used again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
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
    /// Why it was refused; empty where it was not.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
}

// === impl Question ===

impl Question {
    /// A question for an operation.
    pub fn new(merchant: MerchantId, operation: &str, key: impl Into<String>) -> Self {
        Self { merchant, key: key.into(), operation: operation.to_owned(), nonce: None }
    }

    /// A question for a payment.
    pub fn pay(payment: &CreatePayment) -> Self {
        Self::new(payment.merchant_id, payment_api::CREATE_PAYMENT.name, payment.order_no.to_string())
    }
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

    /// Something is about to be asked for.
    ///
    /// # Errors
    /// When that cannot be written down; it must not be asked for then.
    pub fn sent(&self, question: &Question) -> Result<()> {
        self.write(question, None).map_err(|cause| failed(Path::new(FILE), cause))
    }

    /// It was answered, unless nobody did; `effect` names what came of it.
    pub fn answered<T: Serialize>(&self, question: &Question, answer: &Result<T>, effect: impl FnOnce(&T) -> String) {
        let answer = match answer {
            Ok(done) => {
                let body = serde_json::to_vec(done).unwrap_or_default();
                let body = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
                Answer { status: 200, effect: effect(done), body, code: String::new() }
            }
            Err(error) => match error.status() {
                Some(status) => Answer {
                    status: status.as_u16(),
                    effect: String::new(),
                    body: String::new(),
                    code: error.code().unwrap_or_default().to_owned(),
                },
                None => return,
            },
        };
        if let Err(error) = self.write(question, Some(answer)) {
            // The answer counts all the same; the check only knows less.
            tracing::warn!(%error, key = question.key, "an answer is missing in the history");
        }
    }

    fn write(&self, question: &Question, answer: Option<Answer>) -> io::Result<()> {
        let mut line = serde_json::to_vec(&Line { question: question.clone(), answer })?;
        line.push(b'\n');
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line)
    }
}

/// The lines of the history in a folder, if there is one; those that a crash has cut off are none.
///
/// # Errors
/// When it cannot be read.
pub fn read(dir: &Path) -> Result<Option<Vec<Line>>> {
    let path = dir.join(FILE);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(failed(&path, cause)),
    }
}

fn failed(path: &Path, cause: io::Error) -> Error {
    Error::configuration(format!("{}: {cause}", path.display())).with_source(cause)
}
