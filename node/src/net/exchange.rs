//! Questions under way with one protocol: from libp2p's events to results.

use std::collections::BTreeMap;
use std::io;

use budstikke_protocol::wire::codec::WireError;
use libp2p::PeerId;
use libp2p::request_response::{
    self, Behaviour, Event, Message, OutboundFailure, OutboundRequestId, ResponseChannel,
};

use super::codec::Codec;
use super::command::{Answered, Ask, NetError, Reply};

/// Who waits for the answer to which of our questions. libp2p ends every question, with an answer or a failure.
pub(crate) struct Exchange<A>(BTreeMap<OutboundRequestId, Reply<A>>);

/// A question that has come in.
pub(crate) struct Asked<Q, A> {
    pub(crate) peer: PeerId,
    pub(crate) question: Q,
    pub(crate) channel: ResponseChannel<A>,
}

impl<A> Default for Exchange<A> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<A> Exchange<A> {
    /// Asks with `protocol`, and remembers who waits for the answer.
    pub(crate) fn ask<Q>(&mut self, protocol: &mut Behaviour<Codec<Q, A>>, ask: Ask<Q, A>)
    where
        Codec<Q, A>: request_response::Codec<Request = Q, Response = A> + Send + Clone,
        Q: 'static,
        A: 'static,
    {
        let id = protocol.send_request(&ask.peer, ask.question);
        self.0.insert(id, ask.reply);
    }

    /// Settles what `event` settles; returns a question that came in.
    pub(crate) fn on_event<Q>(&mut self, event: Event<Q, A>) -> Option<Asked<Q, A>> {
        match event {
            Event::Message { peer, message: Message::Request { request, channel, .. }, .. } => {
                return Some(Asked { peer, question: request, channel });
            }
            Event::Message { message: Message::Response { request_id, response }, .. } => {
                self.settle(request_id, Ok(response));
            }
            Event::OutboundFailure { peer, request_id, error, .. } => {
                tracing::debug!(%peer, %error, "question failed");
                self.settle(request_id, Err(failure(error)));
            }
            Event::InboundFailure { peer, error, .. } => {
                tracing::debug!(%peer, %error, "answer failed");
            }
            Event::ResponseSent { .. } => {}
        }
        None
    }

    fn settle(&mut self, id: OutboundRequestId, result: Result<A, NetError>) {
        let waiting = self.0.remove(&id).map(|reply| reply.send(result));
        if !matches!(waiting, Some(Ok(()))) {
            tracing::debug!("answer dropped: nobody waits for it");
        }
    }
}

/// Answers with `protocol`.
pub(crate) fn answer<Q, A>(protocol: &mut Behaviour<Codec<Q, A>>, answered: Answered<A>)
where
    Codec<Q, A>: request_response::Codec<Response = A> + Send,
    Q: 'static,
    A: 'static,
{
    if protocol.send_response(answered.channel, answered.answer).is_err() {
        tracing::debug!("answer dropped: the peer no longer waits for it");
    }
}

fn failure(failure: OutboundFailure) -> NetError {
    match failure {
        OutboundFailure::DialFailure | OutboundFailure::ConnectionClosed => NetError::Closed,
        OutboundFailure::Timeout => NetError::NoAnswer,
        OutboundFailure::UnsupportedProtocols => NetError::Refused,
        OutboundFailure::Io(error) => {
            message_error(&error).map_or(NetError::Refused, NetError::Message)
        }
    }
}

/// What the codec found wrong, if it was the codec.
fn message_error(error: &io::Error) -> Option<WireError> {
    error.get_ref()?.downcast_ref::<WireError>().cloned()
}
