//! Every error can say what its call decided, in order.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::sync::{Arc, Mutex};

use payment_clients::{
    contract::{
        certainty::Certainty,
        explain::{Decision, Reason},
    },
    observe::recorder::{AttemptEnd, CallEnd, Recorder},
};
use support::{DONE, PAY, Script, Step, broken, call, fund};

#[tokio::test(start_paused = true)]
async fn a_failed_call_tells_its_story() {
    let script = Script::default();
    let client = script.client();
    fund(&script, &client, 10).await;
    script.then([Step::Fail(broken), Step::Hang, Step::Answer(409, &[], r#"{"code":"NO","message":"no"}"#)]);
    let error = call(&client, &PAY).await.unwrap_err();
    let explanation = error.explain().unwrap();
    let told: Vec<Decision> = explanation.decisions().to_vec();
    let ended = |told: &Decision| match told {
        Decision::Ended(attempt, certainty, _) => Some((*attempt, *certainty)),
        _ => None,
    };
    // The second attempt was dropped by its timeout and has no end of its own.
    assert_eq!(
        told.iter().filter_map(ended).collect::<Vec<_>>(),
        [(1, Some(Certainty::PossiblyProcessed)), (3, Some(Certainty::Processed)),]
    );
    assert!(matches!(told[0], Decision::Deadline(_)));
    assert_eq!(told.iter().filter(|decision| matches!(decision, Decision::Chosen(..))).count(), 3);
    assert_eq!(told.iter().filter(|decision| matches!(decision, Decision::Backoff(..))).count(), 2);
    assert_eq!(told.last(), Some(&Decision::Stopped(Reason::Answered)));
    let text = explanation.to_string();
    assert!(text.contains("attempt 1: chose http://test, load"), "{text}");
    assert!(text.ends_with("no further attempt: the answer is final"), "{text}");
    assert_eq!(explanation.lost(), 0);
}

/// Keeps the story of each call.
#[derive(Debug, Default)]
struct Stories(Mutex<Vec<String>>);

impl Recorder for Stories {
    fn attempt_ended(&self, _: &AttemptEnd<'_>) {}

    fn call_ended(&self, call: &CallEnd<'_>) {
        self.0.lock().unwrap().push(call.explain().to_string());
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_went_well_tells_its_story_to_the_recorder() {
    let (script, stories) = (Script::new([DONE]), Arc::new(Stories::default()));
    let client = script.client_with(|builder| builder.recorder(stories.clone()));
    call(&client, &PAY).await.unwrap();
    let stories = stories.0.lock().unwrap();
    assert!(stories[0].contains("attempt 1: chose http://test, load"), "{stories:?}");
    assert!(stories[0].ends_with("attempt 1: answered after 0ns"), "{stories:?}");
}
