//! Work stands back, and whoever waits for it does not.

use rustix::process::getpriority_process;

use super::{NICENESS, run};

#[tokio::test]
async fn only_the_threads_for_long_documents_stand_back() {
    let here = getpriority_process(None).unwrap();
    let there = run(|| getpriority_process(None).unwrap()).await.unwrap();
    assert_eq!((getpriority_process(None).unwrap(), there), (here, here.max(NICENESS)));
}

#[tokio::test]
async fn work_that_panics_is_an_error() {
    run(|| panic!("as it should")).await.unwrap_err();
    assert_eq!(run(|| 1).await.unwrap(), 1);
}
