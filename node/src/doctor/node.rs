//! The running node, which is asked for what only it can find out.

use std::time::Duration;

use tokio::time::timeout;

use crate::control::client::{Running, Step};
use crate::control::message::Command;
use crate::failure::Failure;
use crate::finding::Finding;
use crate::home::Home;

const CHECK: &str = "node";

/// How long the node may say nothing, neither progress nor its findings: longer than any of its own limits.
const SILENCE_MAX: Duration = Duration::from_secs(45);

/// The node of a home.
pub(super) enum Node {
    /// It is asked.
    Asked(Running),
    /// There is none, or it could not be asked.
    Unreached(Failure),
}

impl Node {
    /// Asks the node that runs on `home` to look at itself.
    pub(super) async fn ask(home: &Home) -> Self {
        match Running::start(home, &Command::Checkup).await {
            Ok(running) => Self::Asked(running),
            Err(why) => Self::Unreached(why),
        }
    }

    /// Whether it runs.
    pub(super) fn runs(&self) -> bool {
        matches!(self, Self::Asked(_))
    }

    /// What it has found, or that it could not be asked.
    pub(super) async fn findings(
        self,
        home: &Home,
        progress: impl FnMut(u64, u64),
    ) -> Vec<Finding> {
        match self {
            Self::Asked(running) => received(running, progress)
                .await
                .unwrap_or_else(|why| vec![Finding::fault(CHECK, why)]),
            Self::Unreached(why) => vec![unreached(home, why)],
        }
    }
}

async fn received(
    mut running: Running,
    mut progress: impl FnMut(u64, u64),
) -> Result<Vec<Finding>, Failure> {
    loop {
        let step = timeout(SILENCE_MAX, running.next()).await.map_err(|late| {
            Failure::of(&late, "the node hangs: see its log, and start it again")
        })?;
        match step? {
            Step::Progress { done, total } => progress(done, total),
            Step::Data(_) | Step::News(_) => {}
            Step::Done(value) => {
                let hint = "use a budstikke of the same version as the node";
                return serde_json::from_value(value).map_err(|error| Failure::of(&error, hint));
            }
        }
    }
}

/// A node that does not run is no fault of the home; one that runs and cannot be asked is.
fn unreached(home: &Home, why: Failure) -> Finding {
    if home.is_locked() {
        let why = Failure::new(
            format!(
                "a budstikke holds {} and takes no commands: it is starting, or it hangs",
                home.dir().display()
            ),
            "wait until its log says that it has started; when it says nothing more, stop it and start it again",
        );
        return Finding::fault(CHECK, why);
    }
    let Failure { error, hint } = why;
    let found =
        format!("{error}; the members, the clock and how this node is reached were not looked at");
    Finding::warning(CHECK, Failure::new(found, hint))
}
