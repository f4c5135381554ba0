//! All proofs of one API, and the list of what failed.

use std::{error::Error as StdError, fmt};

use serde_json::Value;

use super::{
    Arguments, Declaration, Form, answers, ends,
    facts::{Described, Facts},
    requests,
    stage::{Played, Reply, Stage},
};
use crate::{
    answer::Answer,
    contract::{error::Result, operation::Operation},
};

/// Says in what a value is not what a schema describes; the references of the schema point into the document, which comes
/// third. Nothing is said of a value that is.
pub type SchemaCheck = fn(schema: &Value, value: &Value, document: &Value) -> Vec<String>;

/// Proves one API.
#[derive(Clone, Debug)]
#[must_use = "a suite proves nothing before `prove` is called"]
pub struct Suite {
    declaration: Declaration,
    schemas: Option<SchemaCheck>,
}

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Service and operation, such as `order-service create_order`.
    pub whose: String,
    /// What does not hold, as a sentence.
    pub what: String,
}

/// Everything that does not hold. Prints as a list, also where a test unwraps it.
#[derive(Clone, PartialEq, Eq)]
pub struct Failures(pub Vec<Failure>);

/// One operation on the stage.
pub(super) struct Case<'s> {
    pub(super) suite: &'s Suite,
    pub(super) stage: &'s Stage,
    pub(super) document: &'s Value,
    pub(super) facts: &'s Facts,
    failures: Vec<Failure>,
}

// === impl Suite ===

impl Suite {
    /// Will prove the API of this declaration.
    pub fn of(declaration: Declaration) -> Self {
        Self { declaration, schemas: None }
    }

    /// Sets what compares bodies and answers with the schemas of the document; the default is that nothing does. A
    /// validator of JSON Schema is a large dependency, so the test brings its own.
    pub fn schemas(mut self, check: SchemaCheck) -> Self {
        self.schemas = Some(check);
        self
    }

    /// Proves every operation. Needs a Tokio runtime, and a free port.
    ///
    /// # Errors
    /// Everything that does not hold.
    pub async fn prove(self) -> Result<(), Failures> {
        let Declaration { api, service, .. } = self.declaration;
        let stage = Stage::open(self.declaration).await.map_err(|error| {
            let what = format!("{api} cannot be called: {error}");
            Failures(vec![Failure { whose: service.name.to_owned(), what }])
        })?;
        let described = Described::of(&self.declaration);
        let mut failures = Vec::new();
        for facts in &described.operations {
            let document = &described.document;
            let mut case = Case { suite: &self, stage: &stage, document, facts, failures: Vec::new() };
            case.check().await;
            failures.append(&mut case.failures);
        }
        if failures.is_empty() { Ok(()) } else { Err(Failures(failures)) }
    }

    pub(super) fn declaration(&self) -> &Declaration {
        &self.declaration
    }

    /// What the validator says of a value; nothing where there is none.
    pub(super) fn against_schema(&self, schema: &Value, value: &Value, document: &Value) -> Vec<String> {
        self.schemas.map(|check| check(schema, value, document)).unwrap_or_default()
    }
}

// === impl Case ===

impl Case<'_> {
    /// All proofs, or one failure where they would all fail for the same reason.
    async fn check(&mut self) {
        if let Err(error) = self.answered(&self.payload(Form::Full)).await {
            const REMEDY: &str =
                "derive JsonSchema for its types, and add `examples` where a text has a form of its own";
            return self.note(format!("no call succeeds with the examples of its schemas; {REMEDY}: {error}"));
        }
        requests::check(self).await;
        answers::check(self).await;
        ends::check(self).await;
    }

    pub(super) fn operation(&self) -> &'static Operation {
        self.facts.operation
    }

    pub(super) fn arguments(&self, form: Form) -> Arguments {
        self.facts.arguments(self.document, form)
    }

    pub(super) fn payload(&self, form: Form) -> Value {
        self.facts.payload(self.document, form)
    }

    /// Calls the operation on the stage.
    pub(super) async fn play(&self, arguments: Arguments, replies: impl IntoIterator<Item = Reply>) -> Played {
        self.stage.play(self.operation(), arguments, replies).await
    }

    /// Calls the operation with all arguments, and lets it be answered with this payload.
    pub(super) async fn answered(&self, payload: &Value) -> Result<Value> {
        self.play(self.arguments(Form::Full), [self.success(payload)]).await.answer
    }

    /// A success with this payload, wrapped as declared.
    pub(super) fn success(&self, payload: &Value) -> Reply {
        let kind = self.operation().envelope;
        let written = match self.facts.payload {
            Some(_) => Answer::success(kind, payload, "conformance"),
            None => Answer::success(kind, &(), "conformance"),
        };
        Reply::written(&written.unwrap_or_else(|error| Answer::error(&error, "conformance")))
    }

    /// Adds to the list of what does not hold.
    pub(super) fn note(&mut self, what: impl Into<String>) {
        let Operation { service, name, .. } = self.operation();
        self.failures.push(Failure { whose: format!("{} {name}", service.name), what: what.into() });
    }
}

// === impl Failures ===

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.whose, self.what)
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of the declared promises are not kept:", self.0.len())?;
        self.0.iter().try_for_each(|failure| write!(f, "\n  {failure}"))
    }
}

impl fmt::Debug for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StdError for Failures {}
