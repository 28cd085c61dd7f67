//! Tests of [`Context`]: cancellation, slots, deadlines, derived contexts.

use super::*;

#[tokio::test]
async fn a_parent_cancels_its_children_and_a_child_never_its_parent() {
    let parent = Context::new();
    let (one, two) = (parent.child(ChildContext::default()), parent.child(ChildContext::default()));
    one.kill(CancelCause::Requested);
    assert!(one.is_killed() && one.is_stopped() && !two.is_stopped() && !parent.is_stopped());
    parent.stop(CancelCause::Deadline);
    two.stopped().await;
    assert!(!two.is_killed());
    assert_eq!(two.cause(), Some(CancelCause::Deadline));
    assert_eq!(one.cause(), Some(CancelCause::Requested), "the first cause stays");
}

#[test]
fn identity_and_cancellation_survive_every_change_of_the_payload() {
    let request = Context::of(20_u32);
    let id = request.id().to_owned();
    let (payload, context) = request.clone().map(|n| n + 1).try_map(u8::try_from).unwrap().into_parts();
    assert_eq!((payload, context.id()), (21, id.as_str()));
    request.kill(CancelCause::CallerGone);
    assert!(context.is_killed());
}

#[tokio::test(start_paused = true)]
async fn a_child_has_the_earlier_deadline_and_both_metadata() {
    let now = Instant::now();
    let (soon, late) = (now + Duration::from_secs(1), now + Duration::from_secs(9));
    let metadata = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
    let parent = Context::root(Identity {
        id: "p".into(),
        deadline: Some(soon),
        metadata: metadata(&[("a", "1"), ("b", "1")]),
        trace: Trace::default(),
    });
    let child = parent.child(ChildContext {
        deadline: Some(late),
        metadata: metadata(&[("b", "2")]),
        ..Default::default()
    });
    assert_eq!(child.deadline(), Some(soon));
    assert_eq!(child.metadata(), &metadata(&[("a", "1"), ("b", "2")]));
    assert_eq!(child.trace().x_request_id.as_deref(), Some("p"));
    assert_ne!(child.id(), "p");
}

#[tokio::test]
async fn the_current_context_is_that_of_the_running_handler() {
    assert!(Context::current().is_none());
    let cx = Context::new();
    let seen = cx.scope(async { Context::current().map(|cx| cx.id().to_owned()) }).await;
    assert_eq!(seen.as_deref(), Some(cx.id()));
}

#[test]
fn slots_follow_the_request_through_every_change_and_are_taken_once() {
    #[derive(Debug, PartialEq)]
    struct Tokens(u32);
    let request = Context::of(1_u32);
    assert!(request.get::<Tokens>().is_none() && request.take::<String>().is_none());
    request.insert(Tokens(7));
    assert_eq!(request.put("once".to_owned()), None);
    let (payload, request) = request.map(|n| n + 1).transfer("text");
    assert_eq!(payload, 2);
    let branch = request.clone().branch();
    assert_eq!(branch.get::<Tokens>().as_deref(), Some(&Tokens(7)));
    assert_eq!(branch.take::<String>().as_deref(), Some("once"));
    assert_eq!(request.take::<String>(), None);
    assert_eq!(request.insert(Tokens(8)).as_deref(), Some(&Tokens(7)));
    assert!(request.child(ChildContext::default()).get::<Tokens>().is_none(), "another request has its own");
}

#[test]
fn the_history_has_every_stage_of_every_branch() {
    let request = Context::of(());
    assert!(request.stages().is_empty());
    request.pass("tokenize");
    request.clone().branch().pass(format!("route {}", 1));
    assert_eq!(request.stages(), ["tokenize", "route 1"]);
}

#[tokio::test]
async fn a_branch_is_the_same_request_and_ends_alone() {
    let request = Context::new();
    let (one, two) = (request.clone().branch(), request.clone().branch());
    assert_eq!(one.id(), request.id());
    one.kill(CancelCause::Operator("the other one won".into()));
    one.killed().await;
    assert!(!two.is_stopped() && !request.is_stopped());
    request.stop(CancelCause::Requested);
    two.stopped().await;
    assert!(two.is_stopped() && !two.is_killed());
    assert_eq!(one.cause(), Some(CancelCause::Operator("the other one won".into())));
}

#[tokio::test]
async fn the_state_only_advances_and_all_waiters_see_it() {
    let parent = Context::new();
    let child = parent.clone().branch();
    let wait = async {
        child.killed().await;
        (child.is_killed(), child.is_stopped())
    };
    let end = async {
        parent.kill(CancelCause::Deadline);
        parent.stop(CancelCause::Requested);
    };
    let (seen, ()) = futures::join!(wait, end);
    assert_eq!(seen, (true, true));
    assert_eq!(child.cause(), Some(CancelCause::Deadline));
}
