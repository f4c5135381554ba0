//! Many bodies as one list, one list of answers as many. No body and no answer is decoded for it.

use bytes::{BufMut, Bytes, BytesMut};
use serde_json::value::RawValue;

use super::window::Member;
use crate::contract::{
    certainty::Certainty,
    envelope,
    error::{Error, ErrorKind, Result},
    response::Response,
};

/// The bodies as a JSON array.
pub(super) fn join(members: &[Member]) -> Bytes {
    let bodies: usize = members.iter().map(|member| member.body().len()).sum();
    let mut list = BytesMut::with_capacity(bodies + members.len() + 1);
    for (number, member) in members.iter().enumerate() {
        list.put_u8(if number == 0 { b'[' } else { b',' });
        list.put_slice(member.body());
    }
    list.put_u8(b']');
    list.freeze()
}

/// Gives each call its part of the answer, or all of them the failure.
pub(super) fn hand_out(answer: &Result<Response>, members: Vec<Member>) {
    let calls = members.len();
    let parts = match answer {
        Ok(response) => split(response, calls),
        Err(error) => Err(error.copy()),
    };
    match parts {
        Ok(parts) => members.into_iter().zip(parts).for_each(|(member, part)| member.answer(Ok(part))),
        Err(error) => {
            let error = error.of(&format!("in a batch of {calls}"));
            members.into_iter().for_each(|member| member.answer(Err(error.copy())));
        }
    }
}

/// The answers of so many calls. No payload at all is no payload for each.
fn split(response: &Response, calls: usize) -> Result<Vec<Response>> {
    let payload = response.payload();
    if payload.as_ref() == b"null" {
        return Ok(vec![response.clone(); calls]);
    }
    let parts: Vec<&RawValue> =
        serde_json::from_slice(payload).map_err(|error| envelope::unreadable(response.status(), payload, error))?;
    if parts.len() != calls {
        let text = format!("{} answers came to {calls} calls, so none can be told whose it is", parts.len());
        let error = Error::new(ErrorKind::Unreadable, Certainty::PossiblyProcessed, text);
        return Err(error.with_status(response.status()));
    }
    Ok(parts.iter().map(|part| response.with_payload(payload.slice_ref(part.get().as_bytes()))).collect())
}
