//! A subscription that outlives the session it was made in.

use async_nats::{Message, SubscribeError, Subscriber};
use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use tokio::sync::watch;

use crate::transport::nats::link::{LinkSession, NatsLink};

/// The messages of a subject. When the connection task of the library ends, the subscription is made again in the next
/// session; messages in between are lost, as they are for every subscriber that reconnects.
pub(super) struct LinkSubscription {
    link: NatsLink,
    sessions: watch::Receiver<LinkSession>,
    current: Subscriber,
    subject: String,
    group: Option<String>,
    /// Set by [`unsubscribe`](Self::unsubscribe): then the end of the messages is the end.
    leaving: bool,
}

impl NatsLink {
    /// Subscribes to a subject, as a member of `group` if there is one.
    pub(super) async fn subscribe(
        &self,
        subject: String,
        group: Option<String>,
    ) -> Result<LinkSubscription, SubscribeError> {
        let mut sessions = self.sessions();
        let client = sessions.borrow_and_update().client.clone();
        let current = match &group {
            None => client.subscribe(subject.clone()).await?,
            Some(group) => client.queue_subscribe(subject.clone(), group.clone()).await?,
        };
        Ok(LinkSubscription { link: self.clone(), sessions, current, subject, group, leaving: false })
    }
}

impl LinkSubscription {
    /// Returns the next message; `None` when the link was closed, or after [`unsubscribe`](Self::unsubscribe).
    ///
    /// # Cancel safety
    /// Cancel safe: no message is lost.
    pub(super) async fn next(&mut self) -> Option<Message> {
        loop {
            if let Some(message) = self.current.next().await {
                return Some(message);
            }
            if self.leaving || !self.follow().await {
                return None;
            }
        }
    }

    /// Subscribes in the next session. Returns whether there is one.
    async fn follow(&mut self) -> bool {
        loop {
            tokio::select! {
                biased;
                () = self.link.closed() => return false,
                changed = self.sessions.changed() => if changed.is_err() { return false },
            }
            match self.link.subscribe(self.subject.clone(), self.group.clone()).await {
                Ok(Self { sessions, current, .. }) => {
                    (self.sessions, self.current) = (sessions, current);
                    tracing::info!(subject = %self.subject, "subscribed again");
                    return true;
                }
                // The session has ended again.
                Err(error) => tracing::warn!(subject = %self.subject, %error, "cannot subscribe again yet"),
            }
        }
    }

    /// Unsubscribes. Messages that have arrived can still be taken.
    pub(super) async fn unsubscribe(&mut self) -> Result<(), async_nats::UnsubscribeError> {
        self.leaving = true;
        self.current.unsubscribe().await
    }

    /// The messages as a stream.
    pub(super) fn into_stream(self) -> BoxStream<'static, Message> {
        stream::unfold(self, async |mut this| Some((this.next().await?, this))).boxed()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use dynamo_harness::{Nats, SOON, eventually, within};

    use super::*;
    use crate::config::Config;
    use crate::runtime::Runtime;
    use crate::transport::nats::inbox::Inbox;

    /// A library's task can panic, or give up. Here it is drained by a third party, which ends it alike.
    #[tokio::test]
    async fn the_end_of_the_librarys_task_is_noticed_and_everything_is_subscribed_again() {
        let nats = Nats::start().await;
        let config = Config::builder().nats_server(nats.url()).build().unwrap();
        let runtime = Runtime::from_current().unwrap();
        let link = NatsLink::connect(&runtime, &config.nats).await.unwrap();
        let inbox = Inbox::open(&runtime, &link).await.unwrap();
        let mut heard = link.subscribe("news".to_owned(), None).await.unwrap();
        let mut grouped = link.subscribe("work".to_owned(), Some("workers".to_owned())).await.unwrap();
        assert!(inbox.round_trip(SOON).await);
        for round in 1..=3_u64 {
            let before = link.generation();
            link.client().drain().await.unwrap();
            eventually(SOON, "a new session", async || link.is_up() && link.generation() > before).await;
            assert_eq!(*link.losses().borrow(), round, "calls that wait for a reply are told");
            let publish = async {
                loop {
                    for subject in ["news", "work"] {
                        link.client().publish(subject, "again".into()).await.unwrap();
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            let both = async { (heard.next().await, grouped.next().await) };
            tokio::select! {
                (one, two) = within(SOON, "both subscriptions", both) => assert!(one.is_some() && two.is_some()),
                () = publish => {}
            }
            eventually(SOON, "the inbox", async || inbox.round_trip(Duration::from_secs(1)).await).await;
        }
        grouped.unsubscribe().await.unwrap();
        within(SOON, "the end", async { while grouped.next().await.is_some() {} }).await;
        link.close().await;
        within(SOON, "the end of the messages", async { while heard.next().await.is_some() {} }).await;
        assert!(!link.is_up());
    }
}
